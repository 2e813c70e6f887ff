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
from fieldkit.cli.central_across import export_across
from fieldkit.cli.central_admit import admit
from fieldkit.cli.central_after import credit, sign
from fieldkit.cli.central_audit import audit_pack
from fieldkit.cli.central_back import lay_beside, write_receipts
from fieldkit.cli.central_check import check
from fieldkit.cli.central_correct import correct, desk
from fieldkit.cli.central_credentials import credential_group
from fieldkit.cli.central_decide import discard, resolve
from fieldkit.cli.central_erase import erase, outbound
from fieldkit.cli.central_figures import figures
from fieldkit.cli.central_forward import forward
from fieldkit.cli.central_keys import enrol, revoke
from fieldkit.cli.central_move import move
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_packs import pack_group
from fieldkit.cli.central_plan import plan_group
from fieldkit.cli.central_policy import policy_group, retention
from fieldkit.cli.central_prework import prework_group
from fieldkit.cli.central_programs import due, makeups, program_group
from fieldkit.cli.central_questions import question_group
from fieldkit.cli.central_report import report
from fieldkit.cli.central_serve import serve
from fieldkit.cli.central_table import made_of, write_table
from fieldkit.cli.central_trust import trust_group
from fieldkit.cli.central_valid import valid
from fieldkit.cli.central_watch import EVERY, Then
from fieldkit.cli.central_watch import check as watching
from fieldkit.cli.central_watch import watch as watched
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
from fieldkit.cli.printed import PrintLangOpt, PrintSizeOpt, printing_of
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.trust import TrustList
    from fieldkit.sync.central.findings import Need
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.take import Outcome

group = new_group("Head office: let laptops in, take their bundles, give receipts.")
group.add_typer(trust_group, name="trust")
group.add_typer(policy_group, name="policy")
group.add_typer(account_group, name="account")
group.add_typer(program_group, name="program")
group.add_typer(prework_group, name="prework")
group.add_typer(plan_group, name="plan")
group.add_typer(question_group, name="question")
group.add_typer(pack_group, name="pack")
group.add_typer(credential_group, name="credential")

NEXT = {"unknown-facilitator": 'Put the trainer on the list: fieldkit central trust add KEY --words "…" --home DIR'}
"""Code of a finding → the command that ends it."""
MOST_JOBS = 64


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
    beside: Annotated[
        bool, typer.Option("--beside", help="Lay the receipts of each file beside it, as NAME.receipts.note.")
    ] = False,
    move_to: Annotated[
        Path | None, typer.Option("--move-to", metavar="DIR", help="Move each file there of which all was taken.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: take in what comes to lie in these folders, until Ctrl-C.")
    ] = False,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", help="How often --watch looks.")] = EVERY,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", metavar="N", help="Processes that work at it; 1: this one alone. [default: cores]"),
    ] = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Take bundles in. Every session gets an answer; exit code 1 if any was not taken.

    Your files are left alone (but for --move-to); what is not taken is also kept in DIR/held with the reason. With
    --watch folders may come and go, like sticks; a file is read when it no longer changes.

    Example: fieldkit central ingest --home /srv/fieldkit /media/stick --receipts /media/stick/receipts.note
    """
    if not paths and not held:
        raise WrongUsage("Nothing was named to take in.", "Name bundles or a folder, or say --held.")
    office, then = _open(home), Then(beside, move_to)
    if jobs is not None and (watch or not 1 <= jobs <= MOST_JOBS):
        raise WrongUsage(
            "--watch takes in one file after another." if watch else f"--jobs is a number from 1 to {MOST_JOBS}.",
            "Leave out --jobs: it is as many as there are cores, where that helps.",
        )
    if watch:
        watching(paths or [], every, held)

        def put(notes: bytes, taken: list[Outcome]) -> None:
            if receipts is not None:
                write_receipts(receipts, notes)
                lay_beside(office, receipts, notes, taken)

        asyncio.run(watched(office, paths or [], every, then, words, json, put))
        talk.say("Nothing is watched any more.")
        return 0
    files = _bundles(paths or [])
    outcomes, notes = asyncio.run(_ingest(office, files, held, receipts is not None, words, then, jobs))
    if receipts is not None:
        write_receipts(receipts, notes)
        lay_beside(office, receipts, notes, outcomes)
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
    home: HomeOpt,
    out: OutOpt,
    session: Annotated[
        str, typer.Argument(metavar="[SESSION]", help="An origin, its suffix, a number, or `last`.")
    ] = "",
    what: WhatOpt = "attendance",
    as_: AsOpt = None,
    sep: SepOpt = ",",
    by: ByOpt = "",
    profile: ProfileOpt = "",
    map: MapOpt = "",
    lang: PrintLangOpt = "",
    size: PrintSizeOpt = "",
    all_sessions: Annotated[
        bool, typer.Option("--all-sessions", help="Attendance of every session in one file, however many.")
    ] = False,
    site: Annotated[str, typer.Option("--site", metavar="SITE", help="With --all-sessions: held there.")] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="With --all-sessions: begun on that day (UTC) or later.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DAY", help="With --all-sessions: begun on that day (UTC) or before.")
    ] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Write one table of one stored session, and beside the file the office's signed note.

    Beside attendance there is also FILE.proofs: for everybody on it a receipt that can be checked without head office.
    With --all-sessions it is the attendance of all, of a site or of some days, written row by row, without proofs.

    Example: fieldkit central export --home /srv/fieldkit last --what attendance -o attendance.csv
    """
    from fieldkit.cli.export import by_ending, map_of
    from fieldkit.cli.export import check as checked

    as_ = as_ or by_ending(out)
    columns = map_of(map)
    printing = printing_of(as_, lang, size)
    checked(what, as_, sep, by, profile, columns)
    office = _open(home)
    if all_sessions or not session:
        if session or not all_sessions or by:
            raise WrongUsage("Which session?", "Name one, or say --all-sessions and no --by.")
        return export_across(office, out, what, as_, sep, profile, columns, site, since, until, json)
    if site or since or until:
        raise WrongUsage("--site, --since and --until choose among all sessions.", "Add --all-sessions, name none.")
    now = _now()
    made = asyncio.run(made_of(office, session, what, as_, sep, now, by, profile, columns, printing))
    write_table(office, out, f"{what} {as_}", made, now, json)
    return 0


group.command("serve")(serve)
group.command("erase")(erase)
group.command("forward")(forward)
group.command("outbound")(outbound)
group.command("retention")(retention)
group.command("correct")(correct)
group.command("credit")(credit)
group.command("sign")(sign)
group.command("desk")(desk)
group.command("resolve")(resolve)
group.command("due")(due)
group.command("makeups")(makeups)
group.command("figures")(figures)
group.command("report")(report)
group.command("valid")(valid)
group.command("discard")(discard)
group.command("heads")(heads)
group.command("check")(check)
group.command("audit-pack")(audit_pack)
group.command("move")(move)
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


async def _ingest(
    office: Home, files: list[Path], held: bool, wanted: bool, words: str, then: Then, jobs: int | None
) -> tuple[list[Outcome], bytes]:
    from fieldkit.core.clean import clean_text
    from fieldkit.sync.central.checkers import Checkers
    from fieldkit.sync.central.ingest import Intake
    from fieldkit.sync.central.receipts import receipts_file
    from fieldkit.sync.central.take import Outcome

    out: list[Outcome] = []
    async with await Intake.open(office, words) as intake, Checkers(intake, files, jobs) as checkers:
        for n, path in enumerate(files):
            try:
                if str(path) == "-":
                    out += await intake.stream(sys.stdin.buffer, "-", _now())
                elif not path.is_file():
                    talk.warn(f"There is no file {clean_text(str(path))}.", "Check the path; is the stick plugged in?")
                    out.append(Outcome(None, None, "refused", "not-found", clean_text(path.name)))
                else:
                    came = await checkers.take(n, _now())
                    out += came
                    await then.do(intake, path, came)
            except OSError as error:  # one unreadable file never stops the rest
                talk.warn(f"{clean_text(str(path))} could not be read: {talk.reason(error)}.")
                out.append(Outcome(None, None, "refused", "unreadable", clean_text(path.name)))
        if held:
            out += await intake.again(_now())
        taken = [one.origin for one in out if one.taken and one.origin is not None]
        notes = await receipts_file(intake.db, taken, intake.office) if wanted else b""
    return out, notes


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
