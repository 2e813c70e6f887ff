"""Head office's commands that change one line of the trust list: let in, renew, certify, revoke, make own keys new."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import RootOpt, now, open_home, put, root_key, tell_put, trust_group
from fieldkit.cli.options import DebugOpt, JsonOpt, NoPassphraseOpt, PassphraseFileOpt, QuietOpt, passphrase
from fieldkit.errors import WrongUsage

NOTE_LIMIT = 64 * 1024
PEOPLE = ("supervisor", "evaluator")
"""What `--role` can be."""

WordsOpt = Annotated[str, typer.Option("--words", metavar="WORDS", help="The six words, as heard on the telephone.")]
PacksOpt = Annotated[
    str,
    typer.Option("--packs", metavar="A,B", help="What a trainer is certified for: ids with commas, or `all`."),
]
UntilOpt = Annotated[
    str, typer.Option("--until", metavar="DATE", help="First day on which it no longer counts; else a year from now.")
]
WhyOpt = Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept at head office (`trust history`).")]
NameArg = Annotated[
    str, typer.Argument(metavar="NAME", help="A name on the list, its last part, or name+keyid where several bear it.")
]


def enrol(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="enrol.note as the laptop wrote it; `-` reads it here.")],
    home: HomeOpt,
    words: WordsOpt,
    packs: PacksOpt = "",
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Put a laptop on the trust list, if the six words it was read out with are its key's.

    A trainer's note (`fieldkit key facilitator note`) is taken in the same way. Signs DIR/trust.note when the root key
    is in the folder; else leaves DIR/trust.draft for `central trust sign`.

    Example: fieldkit central enrol --home /srv/fieldkit enrol.note --words "zebra ocean lamp river stone cake"
    """
    _let_in(talk.read(file, NOTE_LIMIT, "an enrolment"), home, words, packs, "", "", "", "", passphrase_file, json)


@trust_group.command("add")
def add(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A public key as `fieldkit key show` writes it, or a file with one.")
    ],
    home: HomeOpt,
    words: WordsOpt,
    packs: PacksOpt = "",
    until: UntilOpt = "",
    site: Annotated[str, typer.Option("--site", metavar="WORD", help="Where it is; one plain word.")] = "",
    role: Annotated[
        str, typer.Option("--role", metavar="WORD", help="Of a person: supervisor or evaluator; else a trainer.")
    ] = "",
    why: WhyOpt = "",
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Put a trainer, a publisher, a witness or another office on the trust list, if the six words are the key's.

    What the key may do stands in its name. A trainer without --packs is certified for every pack. A supervisor signs
    at head office what others led (`central sign`); a key that is listed already gets the role as well.

    Example: fieldkit central trust add ld.acme.example/fac/9k3m+db83764a+AcMx… --words "…" --home /srv/fieldkit
    """
    _let_in(_key(key), home, words, packs, until, site, role, why, passphrase_file, json)


@trust_group.command("renew")
def renew(
    name: NameArg,
    home: HomeOpt,
    until: UntilOpt = "",
    why: WhyOpt = "",
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Let a key count for another year. A new key is another matter: it takes a new name and is added.

    Example: fieldkit central trust renew 7q2k --home /srv/fieldkit
    """
    from fieldkit.sync.central import listing

    office, at = open_home(home), now()
    trust = office.next_trust()
    line = listing.named(trust, name)
    new = listing.with_window(trust, line, at, listing.day_of(until, at) if until else None)
    root = root_key(office, None, passphrase_file)
    put(office, new, root, ("renew", line.vkey.name, _plain(why)), {"key": str(line.vkey)}, json, f"{line.vkey.name}")


@trust_group.command("certify")
def certify(
    name: NameArg,
    home: HomeOpt,
    packs: Annotated[str, typer.Option("--packs", metavar="A,B", help="Ids with commas, or `all`; replaces the old.")],
    why: WhyOpt = "",
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Say for which packs a trainer is certified. A session with another pack is taken in and flagged.

    Example: fieldkit central trust certify 9k3m --packs loto-basics,ladder-safety --home /srv/fieldkit
    """
    from fieldkit.sync.central import listing

    office = open_home(home)
    trust = office.next_trust()
    line = listing.named(trust, name)
    new = listing.with_packs(trust, line, listing.packs_of(packs))
    root = root_key(office, None, passphrase_file)
    put(office, new, root, ("certify", line.vkey.name, _plain(why)), {"key": str(line.vkey)}, json, line.vkey.name)


def revoke(
    name: NameArg,
    home: HomeOpt,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept at head office (`trust history`).")],
    from_: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First day on which it no longer counts.")
    ] = "today",
    key: RootOpt = None,
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Let a key count no more from a day on: a laptop that was lost, a trainer who left.

    What head office cosigned before that day stays good; what comes later is held. It is for ever: revoking
    again can name an earlier day, and a later one only while the day has not come. The clock is head office's.

    Example: fieldkit central revoke 7q2k --from 2026-11-20 --why "left in a taxi" --home /srv/fieldkit
    """
    from fieldkit.log.changes import label
    from fieldkit.sync.central import listing

    reason = _plain(why)
    if not reason:
        raise WrongUsage("Say why, for whoever asks next year.", '--why "left in a taxi"')
    office = open_home(home)
    trust = office.next_trust()
    line = listing.named(trust, name)
    at = now()
    new = listing.with_revoked(trust, line, listing.day_of(from_, at), at, office.in_use())
    root = root_key(office, key, passphrase_file)
    called = label(line.vkey)
    put(office, new, root, ("revoke", called, reason), {"key": str(line.vkey)}, json, called)


@trust_group.command("rotate")
def rotate(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="central, office, recipient, root or paper.")],
    home: HomeOpt,
    key: RootOpt = None,
    why: WhyOpt = "",
    compromised: Annotated[
        bool, typer.Option("--compromised", help="The old one fell into other hands: what it signed counts no more.")
    ] = False,
    passphrase_file: PassphraseFileOpt = None,
    new_passphrase_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", metavar="FILE", help="Passphrase of the new root key.")
    ] = None,
    no_passphrase: NoPassphraseOpt = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make a new key for head office itself, and the list that names it.

    central cosigns, office signs receipts, recipient is what bundles are sealed to (what was sealed before can still
    be opened), root signs the list, paper is the root on paper. A new root takes the old one's place by one list that
    both sign: every laptop has to take in that list before any later one; it stays in DIR/lists.

    Example: fieldkit central trust rotate root --home /srv/fieldkit
    """
    from fieldkit.sync.central import rotate as rotation

    office = open_home(home)
    if what not in rotation.WHAT:
        raise WrongUsage(f"There is no {what[:40]!r} to replace.", f"One of: {', '.join(rotation.WHAT)}.")
    before = office.trust()
    root = root_key(office, key, passphrase_file)
    secret = None
    if what == "root" and root is not None:
        secret = passphrase(new_passphrase_file, no_passphrase, "Passphrase for the new root key", again=True)
    made = rotation.rotate(office, what, now(), root, passphrase=secret, compromised=compromised)
    said = {"what": what, "new": made.new, "old": list(made.old), "file": str(made.path)}
    tell_put(office, before, made.trust, (f"rotate {what}", made.new, _plain(why)), said, json)
    if what == "paper":
        talk.say(f"Print {made.path}, lock the page away and delete the file. The old page is worth nothing now.")
    elif what == "root":
        talk.say(f"Every laptop takes in {office.lists / f'{made.trust.version:06d}.note'} before any later list.")
        talk.say(f"Who accepts a first list from now on needs --root {made.new}")
    elif what in ("central", "office") and compromised:
        talk.say("Receipts of the old key count no more: ingest those bundles again with --receipts, and send the new.")


# ---- helpers -------------------------------------------------------------------------------------------------


def _let_in(
    raw: bytes,
    home: Path,
    words: str,
    packs: str,
    until: str,
    site: str,
    role: str,
    why: str,
    passphrase_file: Path | None,
    json: bool,
) -> None:
    from fieldkit.sync.central import listing

    office, at = open_home(home), now()
    found = listing.asked(raw, words)
    vkey, kind = found.vkey, listing.KIND_OF[found.vkey.role]
    if packs and kind != "facilitator":
        raise WrongUsage("Only trainers are certified for packs.", "Leave --packs out.")
    if role and (kind != "facilitator" or role not in PEOPLE):
        raise WrongUsage("Only people have a role on the list.", f"--role is one of: {', '.join(PEOPLE)}.")
    new = listing.Asked(
        vkey,
        found.made if found.made >= 0 else None,
        listing.day_of(until, at) if until else None,
        listing.packs_of(packs) if packs else None,
        listing.token(site, "site") if site else None,
        role or None,
    )
    trust = listing.with_key(office.next_trust(), new, at)
    root = root_key(office, None, passphrase_file)
    said = {kind: str(vkey)}
    put(office, trust, root, ("add", vkey.name, _plain(why)), said, json, f"{vkey.name} is on the list")


def _key(text: str) -> bytes:
    """A public key as it was typed, or the file that holds one or an enrolment."""
    try:
        there = text == "-" or Path(text).is_file()
    except (OSError, ValueError):
        there = False
    return talk.read(Path(text), NOTE_LIMIT, "a key") if there else text.encode()


def _plain(why: str) -> str:
    from fieldkit.core.clean import clean_text

    return clean_text(why, 500)
