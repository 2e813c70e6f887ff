"""`fieldkit central …`: head office. Make it, let laptops in, take bundles in, see what needs a person, export.

Everything is in the folder `--home`; the clock is read here and nowhere below.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import answers, talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_account import account_group
from fieldkit.cli.central_admit import admit
from fieldkit.cli.central_after import credit, sign
from fieldkit.cli.central_check import check
from fieldkit.cli.central_correct import correct, desk
from fieldkit.cli.central_decide import discard, resolve
from fieldkit.cli.central_erase import erase, outbound
from fieldkit.cli.central_keys import enrol, revoke
from fieldkit.cli.central_policy import policy_group, retention
from fieldkit.cli.central_programs import due, makeups, program_group
from fieldkit.cli.central_serve import serve
from fieldkit.cli.central_trust import trust_group
from fieldkit.cli.central_valid import valid
from fieldkit.cli.central_witness import heads, witness
from fieldkit.cli.export import AsOpt, ByOpt, MapOpt, ProfileOpt, SepOpt, WhatOpt
from fieldkit.cli.options import (
    DebugOpt,
    JsonOpt,
    NoPassphraseOpt,
    OutOpt,
    PassphraseFileOpt,
    QuietOpt,
    passphrase,
)
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.formats.columns import ColumnMap
    from fieldkit.log.trust import TrustList
    from fieldkit.sync.central.export import Made
    from fieldkit.sync.central.findings import Need
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.take import Outcome

group = new_group("Head office: let laptops in, take their bundles, give receipts.")
group.add_typer(trust_group, name="trust")
group.add_typer(policy_group, name="policy")
group.add_typer(account_group, name="account")
group.add_typer(program_group, name="program")

NEXT = {"unknown-facilitator": 'Put the trainer on the list: fieldkit central trust add KEY --words "…" --home DIR'}
"""Code of a finding → the command that ends it."""
HomeOpt = Annotated[Path, typer.Option("--home", metavar="DIR", help="Central's folder.")]


@group.command("init")
def init(
    home: HomeOpt,
    org: Annotated[str, typer.Option("--org", metavar="ORG", help="Like a domain: ld.acme.example. It is for ever.")],
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help="An empty PostgreSQL database, in place of a file in DIR.")
    ] = "",
    passphrase_file: PassphraseFileOpt = None,
    no_passphrase: NoPassphraseOpt = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make head office: its keys, an empty trust list, a database.

    The root key is sealed with a passphrase; a second root key is written to a page to print and lock away.

    Example: fieldkit central init --home /srv/fieldkit --org ld.acme.example
    """
    from fieldkit.log.keys import VKey, six_words
    from fieldkit.sync.central.home import init as make

    secret = passphrase(passphrase_file, no_passphrase, "New passphrase for the root key", again=True)
    made = asyncio.run(make(home, org, secret, _now(), database))
    own = {"root": made.root, "central": made.central, "office": made.office}
    words = {name: six_words(VKey.parse(key)) for name, key in own.items()}
    if json:
        talk.emit({**own, "recipient": made.recipient, "words": words})
    else:
        talk.data(f"root       {made.root}")
        talk.data(f"central    {made.central}")
        talk.data(f"office     {made.office}")
        talk.data(f"recipient  {made.recipient}")
        for name, six in words.items():
            talk.data(f"six words of {name}: {six}")
    talk.say(f"Print {made.paper}, lock the page away and delete the file.")
    talk.say("Trainers need the root line or its six words once, with their first trust list.")
    talk.say("`central trust show` says both again.")


group.command("enrol")(enrol)
group.command("revoke")(revoke)
group.command("admit")(admit)


@group.command("ingest")
def ingest(
    home: HomeOpt,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE|DIR…", help="Bundles, or folders of them; `-` reads one here.")
    ] = None,
    receipts: Annotated[
        Path | None, typer.Option("--receipts", metavar="OUT", help="Write the receipts to this file or folder.")
    ] = None,
    held: Annotated[bool, typer.Option("--held", help="Judge again every file that was held.")] = False,
    words: Annotated[
        str, typer.Option("--words", metavar="WORDS", help="Six words, for bundles sealed before their enrolment.")
    ] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Take bundles in. Every session gets an answer; exit code 1 if any was not taken.

    Your files are left alone; what is not taken is also kept in DIR/held with the reason.

    Example: fieldkit central ingest --home /srv/fieldkit /media/stick --receipts /media/stick/receipts.note
    """
    if not paths and not held:
        raise WrongUsage("Nothing was named to take in.", "Name bundles or a folder, or say --held.")
    office = _open(home)
    files = _bundles(paths or [])
    outcomes, notes = asyncio.run(_ingest(office, files, held, receipts is not None, words))
    if receipts is not None:
        _write_receipts(receipts, notes)
    answers.tell(outcomes, json, bool(words))
    if not outcomes:
        talk.say("There was nothing to take in.")
        return 0 if held else 1
    return 0 if all(one.taken for one in outcomes) else 1


@group.command("findings")
def findings(
    home: HomeOpt,
    decided: Annotated[bool, typer.Option("--decided", help="What somebody has decided, with the reasons.")] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """List what needs a person: forks, gaps, people in two rooms, files that were not taken.

    Example: fieldkit central findings --home /srv/fieldkit
    """
    office = _open(home)
    found = asyncio.run(_findings(office, decided))
    paper = office.paper_path.exists()
    if paper:
        talk.warn("The paper root key still lies on this disk.", f"Print {office.paper_path} and delete it.")
    if json:
        import msgspec

        talk.emit({"findings": msgspec.to_builtins(found)})
        return
    for one in found:
        talk.data(f"{one.code}  {one.origin or one.detail.get('file', '')}")
        why = f" ({one.reason})" if one.reason != one.code else ""
        talk.data(f"    {one.sentence}{why}")
        told = {k: v for k, v in one.detail.items() if isinstance(v, str | int) and v != "" and k != "checkpoint"}
        facts = [f"{k} {v}" for k, v in told.items()]
        if facts:
            talk.data(f"    {', '.join(facts)}")
        if one.code in NEXT:
            talk.data(f"    {NEXT[one.code]}")
        for name in ("kept", "other"):
            if isinstance(one.detail.get(name), dict):
                talk.data(f"    {name}  {one.detail[name]['size']} records, root {one.detail[name]['root']}")
    if not found and decided:
        talk.say("Nothing was decided yet.")
    elif not found and not paper:
        talk.say("Nothing needs a person.")


@group.command("export")
def export(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="An origin, its suffix, a number, or `last`.")],
    home: HomeOpt,
    out: OutOpt,
    what: WhatOpt = "attendance",
    as_: AsOpt = None,
    sep: SepOpt = ",",
    by: ByOpt = "",
    profile: ProfileOpt = "",
    map: MapOpt = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Write one table of one stored session, and beside the file the office's signed note.

    Beside attendance there is also FILE.proofs: for everybody on it a receipt that can be checked without head office.

    Example: fieldkit central export --home /srv/fieldkit last --what attendance -o attendance.csv
    """
    import hashlib
    import os

    from fieldkit.cli.export import by_ending, forget_proofs, map_of, proofs_of
    from fieldkit.cli.export import check as checked
    from fieldkit.log import handed
    from fieldkit.log.files import write_together
    from fieldkit.log.handed import Handed
    from fieldkit.log.receipt import file_note

    as_ = as_ or by_ending(out)
    columns = map_of(map)
    checked(what, as_, sep, by, profile, columns)
    office = _open(home)
    made = asyncio.run(_export(office, session, what, as_, sep, by, profile, columns))
    data, at = made.data, made.at
    digest = hashlib.sha256(data).hexdigest()
    if str(out) == "-":
        talk.data(data)
        handed.note(office.path, Handed(_now() * 1000, handed.EXPORT, "-", f"{what} {as_}", "", [at.origin]))
        return
    try:
        note = file_note(office.office(), out.name, data, [at, *made.office])
    except BadBytes as wrong:
        raise WrongUsage(f"A note cannot name a file like this ({wrong.reason}).", "Give it a plain name.") from wrong
    beside, proved = out.with_name(out.name + ".note"), proofs_of(out)
    where = os.path.realpath(out)
    line = Handed(_now() * 1000, handed.EXPORT, where, f"{what} {as_}", digest, [at.origin])
    with handed.noted(office.path, line):
        write_together([(beside, note), *([(proved, made.proofs)] if made.proofs else []), (out, data)])
    if not made.proofs:
        forget_proofs(out)
    if json:
        talk.emit(
            {"file": str(out), "note": str(beside), "sha256": digest, "size": len(data), "session": at.origin}
            | {"proofs": str(proved) if made.proofs else None},
        )
    talk.say(f"{out} is written; {beside.name} beside it says who made it.")


group.command("serve")(serve)
group.command("erase")(erase)
group.command("outbound")(outbound)
group.command("retention")(retention)
group.command("correct")(correct)
group.command("credit")(credit)
group.command("sign")(sign)
group.command("desk")(desk)
group.command("resolve")(resolve)
group.command("due")(due)
group.command("makeups")(makeups)
group.command("valid")(valid)
group.command("discard")(discard)
group.command("heads")(heads)
group.command("check")(check)
group.command("witness")(witness)


# ---- helpers -------------------------------------------------------------------------------------------------


def _now() -> int:
    from fieldkit.clock import SystemClock

    return SystemClock().wall_ms() // 1000


def _open(path: Path) -> Home:
    from fieldkit.sync.central.home import Home

    return Home.open(path.expanduser())


def _bundles(paths: list[Path]) -> list[Path]:
    """Folders as the bundles in them, sorted; everything else as it was typed, whether it is there or not."""
    out: list[Path] = []
    for path in paths:
        if str(path) != "-" and path.is_dir():
            out += sorted(found for found in path.glob("*.fkb") if found.is_file() and not found.name.startswith("."))
        else:
            out.append(path)
    return out


async def _ingest(office: Home, files: list[Path], held: bool, wanted: bool, words: str) -> tuple[list[Outcome], bytes]:
    from fieldkit.sync.central.ingest import Intake
    from fieldkit.sync.central.receipts import receipts_file
    from fieldkit.sync.central.take import Outcome

    out: list[Outcome] = []
    async with await Intake.open(office, words) as intake:
        for path in files:
            try:
                if str(path) == "-":
                    out += await intake.stream(sys.stdin.buffer, "-", _now())
                elif not path.is_file():
                    talk.warn(f"There is no file {path}.", "Check the path; is the stick plugged in?")
                    out.append(Outcome(None, None, "refused", "not-found", path.name))
                else:
                    out += await intake.file(path, _now())
            except OSError as error:  # one unreadable file never stops the rest
                talk.warn(f"{path} could not be read: {talk.reason(error)}.")
                out.append(Outcome(None, None, "refused", "unreadable", path.name))
        if held:
            out += await intake.again(_now())
        taken = [one.origin for one in out if one.taken and one.origin is not None]
        notes = await receipts_file(intake.db, taken, intake.office) if wanted else b""
    return out, notes


def _write_receipts(to: Path, notes: bytes) -> None:
    from fieldkit.log.note import utc_text

    if not notes:
        talk.say("There are no receipts to write.")
        return
    if to.is_dir():
        to = to / f"receipts-{utc_text(_now()).replace('-', '').replace(':', '')}.note"
    talk.out(to, notes)


async def _findings(office: Home, decided: bool) -> list[Need]:
    from fieldkit.sync.central.findings import Need, needs, sentence

    db = await office.database()
    try:
        async with db.transaction() as tx:
            found = await needs(tx, decided)
    finally:
        await db.close()
    now = _now()
    trust: TrustList = office.trust()
    if trust.expired(now) and not decided:
        ended = trust.expires * 1000
        found.insert(0, Need("trust-expired", None, "trust-expired", sentence("trust-expired"), ended, {}))
    return found


async def _export(
    office: Home, session: str, what: str, as_: str, sep: str, by: str, profile: str, columns: ColumnMap | None
) -> Made:
    from fieldkit.sync.central.export import made as make

    db = await office.database()
    try:
        return await make(db, office, session, what, as_, sep, _now(), by, profile, columns)
    finally:
        await db.close()
