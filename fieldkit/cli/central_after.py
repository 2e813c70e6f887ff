"""`fieldkit central credit` and `sign`: what head office adds to a session afterwards, in its own log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from fieldkit.cli import answers, talk
from fieldkit.cli.attest import MEANINGS
from fieldkit.cli.central_options import HomeOpt, WhoOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, PassphraseFileOpt, QuietOpt, passphrase
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.handed import Handed
    from fieldkit.log.keys import Signer
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.desk import Corrected
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.rows import Stored

T = TypeVar("T")
SessionArg = Annotated[str, typer.Argument(metavar="SESSION", help="An origin, its suffix, a number, or `last`.")]


def credit(
    session: SessionArg,
    home: HomeOpt,
    who: WhoOpt,
    what: Annotated[
        str, typer.Option("--for", metavar="ID", help="The pack, one of its segments or one of its activities.")
    ],
    evidence: Annotated[
        str, typer.Option("--evidence", metavar="WORDS", help="What was shown, in words; they can be erased later.")
    ] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Let earlier training count for somebody in a session, in head office's own log; the session's log stays as it is.

    An activity counts as done, a segment stands for the activities and the time in it, the pack for everything. Sheets
    show it in `completed`, in the note and in `corrections`; points, answers and minutes stay what they were.

    Example: fieldkit central credit last --who E745738 --for lockout --evidence "card of 2 May" --home /srv/fieldkit
    """
    from fieldkit.sync.central import afterwards

    if not who or not what:
        raise WrongUsage("Credit is for somebody and for something.", "Say --who and --for.")
    office = _open(home)

    async def put(db: Database, stored: Stored) -> Corrected:
        return await afterwards.grant(office, db, stored.origin, who, what, evidence, answers.now())

    done = asyncio.run(_with(office, session, put))
    tell(office, done, "credited" if done.records else "credited already", json)


def sign(
    session: SessionArg,
    home: HomeOpt,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Your own key file, fac-ID.key.")],
    meaning: Annotated[
        str, typer.Option("--meaning", metavar="CODE", help="checked, corrected, skills or held.")
    ] = "checked",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Your name, as it is printed.")] = "",
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Sign a session that has ended with a key of your own, in head office's log: as a supervisor who checked it.

    checked: I did not lead it; I have checked this record, and it is right. corrected: I have gone through the
    corrections, and they are right. Both need a key that is listed with role=supervisor, and not of who led it.
    skills: I saw each skill shown that is signed off here. held: I led this session, and what is recorded here
    happened.

    Example: fieldkit central sign last --key /media/stick/fac-2b7x.key --name "Zoë Álvarez" --home /srv/fieldkit
    """
    from fieldkit.core.clean import clean_name
    from fieldkit.sync.central import afterwards

    if meaning not in MEANINGS:
        raise WrongUsage(f"There is no meaning {meaning[:40]!r}.", f"--meaning is one of: {', '.join(MEANINGS)}.")
    printed = clean_name(name)
    if not printed:
        raise WrongUsage("A signature bears a printed name.", 'Say --name "Zoë Álvarez".')
    office = _open(home)
    seen: list[Stored] = []

    async def look(db: Database, stored: Stored) -> None:
        seen.append(stored)

    asyncio.run(_with(office, session, look))
    stored = seen[0]
    talk.say(f"“{stored.title}”, {stored.origin}, {stored.size} records. You sign: {MEANINGS[meaning]}")
    human = _key(key, passphrase_file)

    async def put(db: Database, now: Stored) -> Corrected:
        return await afterwards.sign(office, db, stored.origin, human, meaning, printed, answers.now())

    done = asyncio.run(_with(office, stored.origin, put))
    more = {"key": human.name, "meaning": meaning, "role": afterwards.ROLE_OF[meaning]}
    tell(office, done, f"signed  {human.name}  {meaning}" if done.records else "signed already", json, more)


# ---- shared with `correct` -----------------------------------------------------------------------------------


def tell(office: Home, done: Corrected, did: str, json: bool, more: dict[str, str] | None = None) -> None:
    """What was added, and which sheets made here do not show it."""
    from fieldkit.log import handed

    made = [one for one in handed.of_session(handed.read(office.path), done.session) if one.kind == handed.EXPORT]
    old = made if done.records else []
    if json:
        document: dict[str, Any] = {"session": done.session, "log": done.log, "index": done.index}
        talk.emit(document | {"records": done.records, **(more or {}), "handed_out": [_as_dict(one) for one in old]})
        return
    talk.data(f"{did}  {done.session}  record {done.index} of {done.log}")
    for one in old:
        talk.data(f"handed out  {one.what}  {one.path}")
    if old:
        talk.say("These sheets show what stood there before. Make them anew, and tell whoever has them.")


def _as_dict(one: Handed) -> dict[str, object]:
    return {"path": one.path, "what": one.what, "sha256": one.sha256, "t": one.t}


# ---- helpers -------------------------------------------------------------------------------------------------


def _open(home: Path) -> Home:
    from fieldkit.sync.central.home import Home

    return Home.open(home.expanduser())


async def _with(office: Home, session: str, use: Callable[[Database, Stored], Awaitable[T]]) -> T:
    from fieldkit.sync.central.export import find

    db = await office.database()
    try:
        async with db.transaction() as tx:
            stored = await find(tx, session)
        return await use(db, stored)
    finally:
        await db.close()


def _key(path: Path, passphrase_file: Path | None) -> Signer:
    from fieldkit.log import apart
    from fieldkit.log.keys import Signer, is_sealed

    path = path.expanduser()
    try:
        with path.open("rb") as file:
            sealed = is_sealed(file.read(64))
    except OSError as error:
        raise FieldkitError(f"Cannot read {path}: {talk.reason(error)}.", "Check the path.") from error
    secret = passphrase(passphrase_file, False, f"Passphrase of {path.stem}") if sealed else None
    signer = Signer.load(path, secret, apart.unseal)
    if signer.vkey.role != "fac":
        raise WrongUsage(f"{signer.name} is no person's key.", "People sign with fac-ID.key: fieldkit key facilitator.")
    return signer
