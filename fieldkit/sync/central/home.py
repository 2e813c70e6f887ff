"""Central's folder: its keys, its trust list, its database, the files it holds for a person.

    central.toml          organisation and format; written last, so a folder without it is no central
    keys/roots            the root keys (public) that may sign the trust list
    keys/root.key         root, sealed with a passphrase; taken away it signs elsewhere, ingest never opens it
    keys/central.key      cosigns checkpoints (type 04)
    keys/office.key       signs receipts and the notes beside exports (type 01)
    keys/<kind>-<key id>.key  the keys that followed these (sync.central.rotate); the list in force says which is used
    keys/desk.key         the office's own device, which signs corrections (sync.central.desk)
    keys/erased.key       what badges of erased people are hashed with (sync.central.forgotten)
    keys/credential.key   what the numbers of certificates are made with (sync.central.credentials_said)
    keys/age.key          age identities that bundles are sealed to, a line each; old ones stay, for reading
    trust.note            the trust list in force; trust.draft: the next one, waiting for root
    lists/                every list that was signed, `<version>.note`, and why it changed (sync.central.reasons)
    central.db            every session, unless central.toml names a PostgreSQL database
    erased.notes          what was erased, for ever (fieldkit.sync.central.tombs); `erasing`: an erasure is not through
    erased.badges         keyed hashes of the badges of people who were erased everywhere
    spool/                central's own copies of bundles while they are read; empty at rest
    held/                 bundles that were not taken, `<sha256>.fkb`, with the reason in the database
    root-on-paper.txt     a second root to print and delete

Central's own clock is an argument everywhere (Unix seconds).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.files import write_durable
from fieldkit.log.keys import Signer, VKey, new_identity
from fieldkit.log.names import is_org
from fieldkit.log.note import day_text, parse_day
from fieldkit.log.seal import read_identities
from fieldkit.log.trust import TrustKey, TrustList, open_trust, parse_trust, trust_note
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.databases import open_database, place_of, vacant
from fieldkit.sync.central.tx_base import HURRIED_S, PATIENT_S

DAY = 86_400
LIST_DAYS = 90
"""A trust list runs out after this long, so that a lost laptop does not stay trusted where no list arrives."""
OWN_DAYS = 2 * 365
ROOT_DAYS = 10 * 365
DEVICE_DAYS = 365
PAPER = "paper"
"""`role=` of the root key that is kept on paper."""
FOLDERS = ("keys", "spool", "held", "lists")


class Made(msgspec.Struct, frozen=True):
    """What `init` made: vkeys of root, central and office, the age recipient, and the page to print."""

    root: str
    central: str
    office: str
    recipient: str
    paper: Path


class Home:
    """An opened central folder. Reading it opens no key that is not needed."""

    def __init__(self, path: Path, org: str, roots: tuple[VKey, ...], database: str = "") -> None:
        self.path = path
        self.org = org
        self.roots = roots
        self.place = place_of(database, path / "central.db")

    @classmethod
    def open(cls, path: Path) -> Home:
        """Raises FieldkitError when there is no central in `path`, DamagedData when its files are not whole."""
        marker = path / "central.toml"
        if not marker.is_file():
            raise FieldkitError(
                f"There is no central in {path}.", "Make one: `fieldkit central init --home DIR --org ORG`."
            )
        try:
            settings = tomllib.loads(marker.read_text("utf-8"))
            home = cls(path, str(settings["org"]), _pinned(path), str(settings.get("database", "")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, BadBytes) as error:
            raise DamagedData(f"The files of central in {path} are damaged.", "Restore them from a backup.") from error
        for folder in FOLDERS:
            (path / folder).mkdir(mode=0o700, exist_ok=True)
        return home

    # -- keys ------------------------------------------------------------------------------------------------

    def central(self) -> Signer:
        """The key that cosigns now. Raises FieldkitError, DamagedData."""
        return self._used("central")

    def office(self) -> Signer:
        """The key that signs receipts now. Raises FieldkitError, DamagedData."""
        return self._used("office")

    def _used(self, kind: str, trust: TrustList | None = None) -> Signer:
        """The newest key of this kind on the list (in force): a new one is used once root has signed the list.

        Of the office keys on the list some may be other machines'; head office cosigns with one key.
        """
        listed = [key.vkey for key in (trust or self.trust()).of(kind) if key.revoked is None]
        listed = listed[-1:] if kind == "central" else listed
        for vkey in reversed(listed):
            if (path := self.key_path(kind, vkey)).exists():
                return Signer.load(path)
        first = Signer.load(self.key_path(kind))
        if first.vkey not in listed:
            raise DamagedData(
                f"Head office's {kind} key on the trust list is not in this folder.",
                f"Restore keys/{kind}-….key from a backup, or make a new one: fieldkit central trust rotate {kind}",
            )
        return first

    def in_use(self, trust: TrustList | None = None) -> tuple[VKey, ...]:
        """The public keys of `central` and `office` that a list (the one in force) gives work, as far as they are here:
        one that is lost ends by itself."""
        found = []
        for kind in ("central", "office"):
            try:
                found.append(self._used(kind, trust).vkey)
            except FieldkitError:
                continue
        return tuple(found)

    def key_path(self, kind: str, vkey: VKey | None = None) -> Path:
        """Where a key file lies: the first one of a kind, or one that followed it."""
        return self.path / "keys" / (f"{kind}.key" if vkey is None else f"{kind}-{vkey.keyid.hex()}.key")

    def identities(self) -> tuple[str, ...]:
        """What opens sealed bundles: every line of `keys/age.key`, older identities too. Raises DamagedData."""
        try:
            return read_identities((self.path / "keys" / "age.key").read_bytes())
        except (OSError, NotPossible) as error:
            raise DamagedData(
                "Central's key for sealed bundles cannot be read.", "Restore keys/age.key from a backup."
            ) from error

    @property
    def root_path(self) -> Path:
        """The root key's file, of the newest root whose file is here; it need not exist."""
        live = [key.vkey for key in self.trust().of("root") if key.revoked is None]
        found = (self.key_path("root", vkey) for vkey in reversed(live))
        return next((path for path in found if path.exists()), self.key_path("root"))

    @property
    def paper_path(self) -> Path:
        return self.path / "root-on-paper.txt"

    # -- trust list ------------------------------------------------------------------------------------------

    @property
    def trust_path(self) -> Path:
        return self.path / "trust.note"

    @property
    def draft_path(self) -> Path:
        return self.path / "trust.draft"

    def trust(self) -> TrustList:
        """The list in force, its signature checked. Raises DamagedData.

        The roots are read again: another command may have changed root while this one runs on.
        """
        try:
            self.roots = _pinned(self.path)
            return open_trust(self.trust_path.read_bytes(), self.roots)
        except (OSError, UnicodeDecodeError, BadBytes) as error:
            raise DamagedData(
                f"Central's trust list {self.trust_path} cannot be read.", "Restore it from a backup."
            ) from error

    def next_trust(self) -> TrustList:
        """What the next list is made from: the draft that waits for root, else the list in force."""
        try:
            draft = parse_trust(self.draft_path.read_text("utf-8"))
        except FileNotFoundError:
            return self.trust()
        except (OSError, UnicodeDecodeError, BadBytes) as error:
            raise DamagedData(
                f"The unsigned trust list {self.draft_path} cannot be read.", "Delete it and enrol again."
            ) from error
        return draft if draft.version > self.trust().version else self.trust()

    def put_trust(self, trust: TrustList, now: int, *roots: Signer) -> TrustList:
        """Sign and put in force: the version after the one in force, issued now. Without a root: keep as a draft.

        A root of the list in force signs, else no laptop would take it; so does a root that joins. Raises NotPossible.
        """
        held = self.trust()
        new = renewed(trust, held.version + 1, now, self.in_use(trust))
        if not roots:
            write_durable(self.draft_path, new.text().encode())
            return new
        live = _live(held)
        joined = [vkey for vkey in _live(new) if held.find(vkey) is None]
        signers = [root.vkey for root in roots]
        if not any(vkey in live for vkey in signers) or any(vkey not in (*live, *joined) for vkey in signers):
            raise NotPossible("This is not the root of this central.", "Use keys/root.key, or the key on paper.")
        if any(vkey not in signers for vkey in joined) or not _live(new):
            raise NotPossible("A new root signs the list it joins by.", "Run: fieldkit central trust rotate root")
        note = trust_note(new, *roots)
        self._pin(live)  # whatever a crash leaves, the list in force is signed by a root that is pinned
        write_durable(self.lists / f"{new.version:06d}.note", note)
        write_durable(self.trust_path, note)
        self._pin(_live(new))
        self.draft_path.unlink(missing_ok=True)
        return new

    def _pin(self, roots: tuple[VKey, ...]) -> None:
        if roots != self.roots:
            write_durable(self.path / "keys" / "roots", "".join(f"{vkey}\n" for vkey in roots).encode())
        self.roots = roots

    # -- files -----------------------------------------------------------------------------------------------

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    @property
    def held(self) -> Path:
        return self.path / "held"

    @property
    def lists(self) -> Path:
        return self.path / "lists"

    async def database(self, *, hurried: bool = False) -> Database:
        """The database, after what was erased is erased in it too. `hurried`: whoever asks waits at a page, and is sent
        away after seconds where somebody else writes. Raises FieldkitError, DamagedData."""
        from fieldkit.sync.central import tombs  # late: it knows what a home is

        db = await open_database(self.place, wait_s=HURRIED_S if hurried else PATIENT_S)
        try:
            await tombs.settle(self, db, 0)
        except BaseException:
            await db.close()
            raise
        return db


def renewed(trust: TrustList, version: int, now: int, used: Iterable[VKey]) -> TrustList:
    """The list as the next version, for the next 90 days; keys that are `used` get new windows before theirs end."""
    today, kept = parse_day(day_text(now)), list(used)
    keys = tuple(
        msgspec.structs.replace(key, until=today + OWN_DAYS * DAY)
        if key.vkey in kept and key.revoked is None and key.until < today + DEVICE_DAYS * DAY
        else key
        for key in trust.keys
    )
    return msgspec.structs.replace(
        trust, version=version, issued=now, expires=now + LIST_DAYS * DAY, keys=keys, void=(), others=()
    )


def _pinned(path: Path) -> tuple[VKey, ...]:
    """The roots that sign the list in force. Raises OSError, UnicodeDecodeError, BadBytes."""
    return tuple(VKey.parse(line) for line in (path / "keys" / "roots").read_text("ascii").split())


def _live(trust: TrustList) -> tuple[VKey, ...]:
    return tuple(key.vkey for key in trust.of("root") if key.revoked is None)


# ---- making one ----------------------------------------------------------------------------------------------


async def init(path: Path, org: str, passphrase: str | None, now: int, database: str = "") -> Made:
    """Make a central: keys, an empty trust list, a database. `passphrase` None leaves root unsealed (explicit);
    `database` is the address of an empty PostgreSQL database in place of a file.

    Raises WrongUsage for an organisation that is no DNS-like name, NotPossible if something is there already,
    FieldkitError when the database cannot be reached.
    """
    if not is_org(org):
        raise WrongUsage(
            f"{org[:60]!r} cannot name an organisation.", "Write it like a domain in lower case: ld.acme.example."
        )
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise NotPossible(f"{path} is not an empty folder.", "Choose a new folder for central.")
    await vacant(place_of(database, path))
    old = os.umask(0o077)
    try:
        for folder in (path, *(path / name for name in FOLDERS)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        return await _fill(path, org, passphrase, now, database)
    finally:
        os.umask(old)


async def _fill(path: Path, org: str, passphrase: str | None, now: int, database: str) -> Made:
    root, paper, office = (Signer.generate(f"{org}/{what}") for what in ("root", "root", "office"))
    central = Signer.generate(f"{org}/central")
    secret, recipient = new_identity()
    today = parse_day(day_text(now))
    kinds = [("root", root, ROOT_DAYS), ("root", paper, ROOT_DAYS), ("central", central, OWN_DAYS)]
    kinds.append(("office", office, OWN_DAYS))
    keys = tuple(
        TrustKey(kind, signer.vkey, today, today + days * DAY, role=PAPER if signer is paper else None)
        for kind, signer, days in kinds
    )
    trust = TrustList(org, 1, now, now + LIST_DAYS * DAY, keys, (recipient,))
    home = Home(path, org, (root.vkey, paper.vkey), database)

    root.save(home.key_path("root"), passphrase)
    central.save(path / "keys" / "central.key")
    office.save(path / "keys" / "office.key")
    write_durable(path / "keys" / "age.key", f"# recipient: {recipient}\n{secret}\n".encode())
    write_durable(path / "keys" / "roots", f"{root.vkey}\n{paper.vkey}\n".encode())
    write_durable(home.paper_path, page(org, paper).encode())
    note = trust_note(trust, root)
    write_durable(home.lists / "000001.note", note)
    write_durable(home.trust_path, note)
    await (await open_database(home.place, create=True)).close()
    line = f"database = {_quoted(database)}\n" if database else ""
    write_durable(path / "central.toml", f'format = 1\norg = "{org}"\n{line}'.encode())
    return Made(str(root.vkey), str(central.vkey), str(office.vkey), recipient, home.paper_path)


def _quoted(text: str) -> str:
    """A string of TOML; `place_of` has let in printable text alone."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def page(org: str, paper: Signer) -> str:
    """The paper root: what to do with it, and the key file between two lines."""
    return (
        f"The paper root key of {org}\n\n"
        "Print this page, lock it away, then delete this file. Whoever has it can sign a trust list.\n"
        "It is for the day on which the root key or its passphrase is lost: copy the three lines between the\n"
        "rulers into a file and run: fieldkit central trust sign --home DIR --key FILE\n\n"
        f"public key: {paper.vkey}\n"
        f"----------\n{paper.to_bytes().decode()}----------\n"
    )


def known_keys(trust: TrustList, own: Iterable[VKey] = ()) -> list[VKey]:
    """Every key a note is opened with; windows and revocation are judged where the note's meaning is."""
    return list(dict.fromkeys([*trust.vkeys(), *own]))
