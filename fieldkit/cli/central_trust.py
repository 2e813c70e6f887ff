"""`fieldkit central trust …`: what is on head office's list, signing it, and why it changed.

The commands that change one line are in `central_keys`; both end in `put`, which says in words what is different.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, PassphraseFileOpt, QuietOpt, passphrase
from fieldkit.errors import FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.changes import Change
    from fieldkit.log.keys import Signer
    from fieldkit.log.trust import TrustKey, TrustList
    from fieldkit.sync.central.home import Home

trust_group = new_group("Central's trust list: who may sign what, until when.")

RootOpt = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="A root key file kept elsewhere.")]
SOON = 30 * 86_400
"""Seconds before the end of a key at which `show` says so."""


@trust_group.command("show")
def trust_show(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Show the trust list in force, what ends soon, and what a waiting list would change.

    The first root is the one that trainers need once, its line or its six words, as --root of `fieldkit trust accept`.

    Example: fieldkit central trust show --home /srv/fieldkit
    """
    from fieldkit.log.changes import changes
    from fieldkit.log.keys import six_words

    office, at = open_home(home), now()
    trust = office.trust()
    ranked = sorted(trust.keys, key=lambda one: _rank(one, at))
    draft = office.draft_path.exists()
    waiting = changes(trust, office.next_trust()) if draft else []
    if json:
        talk.emit(
            {
                "org": trust.org,
                "version": trust.version,
                "issued": trust.issued,
                "expires": trust.expires,
                "expired": trust.expired(at),
                "draft": draft,
                "changes": as_dicts(waiting),
                "keys": [_as_dict(key, at) for key in ranked],
                "recipients": list(trust.recipients),
            }
        )
        return
    ended = " — EXPIRED, sign it again" if trust.expired(at) else f", until {_day(trust.expires)}"
    talk.data(f"{trust.org}, version {trust.version}{ended}")
    rows = [[k.kind, _state(k, at), _day(k.until), _packs(k), str(k.vkey)] for k in ranked]
    talk.table(["KIND", "STATE", "UNTIL", "PACKS", "KEY"], rows)
    for root in (key for key in ranked if key.kind == "root" and key.state(at) == "ok" and key.role != "paper"):
        talk.data(f"six words of root {root.vkey.keyid.hex()}: {six_words(root.vkey)}")
    for to in trust.recipients:
        talk.data(f"bundles are sealed to {to}")
    for key in ranked:
        if key.state(at) == "ok" and key.state(at + SOON) == "expired" and key.kind not in ("central", "office"):
            talk.warn(f"{key.vkey.name} ends on {_day(key.until)}.", "fieldkit central trust renew NAME --home DIR")
    if draft:
        talk.warn("A changed list waits for root.", "fieldkit central trust sign --home DIR")
        for change in waiting:
            talk.data(f"waits: {change.sentence}")


@trust_group.command("sign")
def trust_sign(
    home: HomeOpt,
    key: RootOpt = None,
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Sign the waiting list, or the list in force again, with root: one version more, for 90 days.

    What changes by it is said before the passphrase is asked for.

    Example: fieldkit central trust sign --home /srv/fieldkit
    """
    from fieldkit.log.changes import changes
    from fieldkit.sync.central import enrol as enrolment

    office = open_home(home)
    before = office.trust()
    told = changes(before, office.next_trust())
    if not json:
        for change in told:
            talk.say(change.sentence)
    root = root_key(office, key, passphrase_file)
    if root is None:
        raise NotPossible("The root key is not in this folder.", "Name its file with --key.")
    trust = enrolment.sign(office, now(), root)
    look = settled(office, before)
    if json:
        talk.emit(
            {
                "version": trust.version,
                "expires": trust.expires,
                "trust": str(office.trust_path),
                "changes": as_dicts(told),
                "look": look,
            }
        )
    else:
        talk.data(f"{trust.org}, version {trust.version}: {office.trust_path}")
    _say_look(look)


@trust_group.command("history")
def trust_history(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Show who was added, renewed, certified and revoked, when and why. The lists themselves lie in DIR/lists.

    Example: fieldkit central trust history --home /srv/fieldkit
    """
    from fieldkit.sync.central import reasons

    found = reasons.read(open_home(home))
    if json:
        talk.emit({"changes": reasons.builtins(found)})
    elif found:
        talk.table(["AT", "LIST", "DID", "KEY", "WHY"], [[x.at, x.version, x.do, x.key, x.why] for x in found])
    else:
        talk.say("Nothing has been changed by a command yet.")


# ---- for the commands that change a line ---------------------------------------------------------------------


def put(
    office: Home,
    trust: TrustList,
    root: Signer | None,
    entry: tuple[str, str, str],
    said: Mapping[str, Any],
    json: bool,
    line: str = "",
) -> None:
    """Sign the list, or leave it as a draft; write down why; say what changed. `entry`: verb, key, reason."""
    before = office.trust()
    new = office.put_trust(trust, now(), *([root] if root is not None else []))
    tell_put(office, before, new, entry, said, json, line)


def tell_put(
    office: Home,
    before: TrustList,
    new: TrustList,
    entry: tuple[str, str, str],
    said: Mapping[str, Any],
    json: bool,
    line: str = "",
) -> None:
    """What `put` does once the list is written."""
    from fieldkit.log.changes import changes
    from fieldkit.sync.central import reasons

    signed = not office.draft_path.exists()
    reasons.write(office, now(), new.version, *entry)
    told = changes(before, new)
    look = settled(office, before) if signed else []
    path = office.trust_path if signed else office.draft_path
    if json:
        talk.emit(
            {
                **said,
                "version": new.version,
                "signed": signed,
                "trust": str(path),
                "changes": as_dicts(told),
                "look": look,
            }
        )
    else:
        if line:
            talk.data(f"{line}, version {new.version}: {path}")
        for change in told:
            talk.data(change.sentence)
    _say_look(look)
    if signed:
        talk.say("Send trust.note to the laptops by any way.")
        if _laptop_joined(before, new):
            from fieldkit.sync.central.held import sealed_to_words

            words = ' --words "…"' if sealed_to_words(office.held) else ""
            talk.say(f"What was held: `fieldkit central ingest --home DIR --held{words}`.")
    else:
        talk.say("It waits for root: `fieldkit central trust sign --home DIR --key FILE`.")


def _laptop_joined(before: TrustList, new: TrustList) -> bool:
    from fieldkit.core.office import DESK

    known = {key.vkey for key in before.keys}
    return any(key.kind == "device" and key.role != DESK and key.vkey not in known for key in new.keys)


def settled(office: Home, before: TrustList) -> list[str]:
    """Sessions a person should look at, once what is stored was brought in line with the list in force."""
    from fieldkit.sync.central.settle import settle

    return asyncio.run(settle(office, before, now()))


def _say_look(look: list[str]) -> None:
    if look:
        talk.warn(
            f"{len(look)} of the stored sessions came from a laptop that is revoked since before: {', '.join(look[:3])}"
            + ("…" if len(look) > 3 else "."),
            "fieldkit central findings --home DIR",
        )


# ---- shared helpers ------------------------------------------------------------------------------------------


def now() -> int:
    """Central's clock, Unix seconds."""
    from fieldkit.clock import SystemClock

    return SystemClock().wall_ms() // 1000


def open_home(path: Path) -> Home:
    from fieldkit.sync.central.home import Home

    return Home.open(path.expanduser())


def root_key(office: Home, key: Path | None, passphrase_file: Path | None) -> Signer | None:
    """The root key if it is at hand, unsealed with its passphrase if it has one."""
    from fieldkit.log.keys import Signer, is_sealed

    path = key or office.root_path
    if key is None and not path.exists():
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(65536)  # no key is longer, and a device has no end
    except OSError as error:
        raise FieldkitError(f"Cannot read {path}: {talk.reason(error)}.", "Check the path.") from error
    if b"\n----------\n" in raw:
        raise WrongUsage(
            f"{path.name} is the page to print, and the key stands inside it.",
            "Copy the three lines between the rulers into a file, and name that with --key.",
        )
    sealed = is_sealed(raw)
    return Signer.load(path, passphrase(passphrase_file, False, "Passphrase of the root key") if sealed else None)


def as_dicts(found: list[Change]) -> list[dict[str, Any]]:
    import msgspec

    return [msgspec.to_builtins(one) for one in found]


def _as_dict(key: TrustKey, at: int) -> dict[str, str]:
    from fieldkit.log.keys import six_words

    words = six_words(key.vkey)
    return {"kind": key.kind, "vkey": str(key.vkey), "state": key.state(at), "line": key.line(), "words": words}


def _packs(key: TrustKey) -> str:
    """For which packs somebody may lead; a trainer whose line names none may lead every one."""
    if key.packs is not None:
        return ",".join(key.packs)
    return "all packs" if key.kind == "facilitator" and key.role is None else ""


def _rank(key: TrustKey, at: int) -> tuple[int, bool, bool]:
    """Roots first; of a kind those that count first, and the root on paper behind the one that is used."""
    from fieldkit.log.changes import WHO

    return list(WHO).index(key.kind), key.state(at) in ("revoked", "expired"), key.role == "paper"


def _state(key: TrustKey, at: int) -> str:
    from fieldkit.cli.trust import standing

    return standing(key, at) + (" (paper)" if key.kind == "root" and key.role == "paper" else "")


def _day(seconds: int) -> str:
    from fieldkit.log.note import day_text

    return day_text(seconds)
