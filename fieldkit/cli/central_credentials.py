"""`fieldkit central credential …`: certificates of completed programs, given, listed, revoked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt, ReasonOpt, WhyOpt
from fieldkit.cli.central_programs import said
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.when import day_of
from fieldkit.errors import FieldkitError, WrongUsage, install

if TYPE_CHECKING:
    from fieldkit.log.credential import Given
    from fieldkit.sync.central.credentials import Seen
    from fieldkit.sync.central.credentials_given import Made
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home

T = TypeVar("T")
credential_group = new_group("Certificates of completed programs: Open Badges 3.0, and a page to print.")


@credential_group.command("issue")
def issue(
    home: HomeOpt,
    program: Annotated[str, typer.Option("--program", metavar="ID", help="A program that was added.")],
    person: Annotated[
        str, typer.Option("--person", metavar="BADGE", help="Whom, by badge, or ISSUER/BADGE where two have it.")
    ] = "",
    all_new: Annotated[
        bool, typer.Option("--all-new", help="Everybody who has completed it and has no certificate for that yet.")
    ] = False,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the files, made if it is not there.")
    ] = Path(),
    jwt: Annotated[bool, typer.Option("--jwt", help="A third file: the credential as a token, for wallets.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page; else the program's own.")] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Give certificates: a credential (JSON) and, with the extra `pdf`, a page to print, two files a person in DIR.

    Each is recorded in head office's own log. Asked again for the same completion, the same credential is written once
    more and nothing is recorded; --all-new writes those too of which no files were ever written, because it was killed
    say. Exit code 1 if one could not be made.

    Example: fieldkit central credential issue --program press-operator --all-new -o certificates --home /srv/fieldkit
    """
    from fieldkit.sync.central import credentials_given, programs

    if bool(person) == all_new:
        raise WrongUsage("Whom?", "Say --person BADGE or --all-new, one of them.")
    office, at = open_home(home), now()
    one = programs.one(office, program)
    out = out.expanduser()
    _folder(out)
    made = _with(office, lambda db: credentials_given.issue(office, db, one, person, at, _handed(office, program)))
    files = _write(office, made, out, lang, jwt, at)
    if json:
        left = [{"person_id": badge, "reason": why} for badge, why in made.left]
        talk.emit({"issued": files, "new": len(made.new), "left": left})
    else:
        for row in files:
            talk.data(f"{'given' if row['new'] else 'again'}  {row['id']}  {row['person_id']}  {row['files'][0]}")
        if not files and not made.left:
            talk.say(f"Nobody has completed {one.id} who has no certificate for it.")
            if made.before:
                talk.say("Those that were given before are written once more with --person BADGE.")
    for badge, why in made.left:
        talk.warn(f"No certificate for {badge}: {why}.", "See central credential list.")
    said(made.trained)
    return 1 if made.left else 0


@credential_group.command("list")
def list_(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> int:
    """List the certificates that were given, and what each is worth today. Exit code 1 if one has lost its ground.

    valid, expired, revoked; unfounded: no completion carries it any more, after a correction say, and somebody has to
    revoke it; erased: nobody is named in it any more.

    Example: fieldkit central credential list --home /srv/fieldkit
    """
    from fieldkit.sync.central import credentials

    office, at = open_home(home), now()
    found = _with(office, lambda db: credentials.listed(office, db, at))
    if json:
        talk.emit({"credentials": [_as_dict(one) for one in found]})
    elif found:
        rows = [
            [one.state, one.issued.id, one.issued.badge or "-", one.issued.name, one.issued.program, _until(one)]
            for one in found
        ]
        talk.table(["STATE", "NUMBER", "PERSON ID", "NAME", "PROGRAM", "UNTIL"], rows, give=3)
    else:
        talk.say("No certificate was given yet: fieldkit central credential issue --program ID --all-new")
    return 1 if any(one.state == credentials.UNFOUNDED for one in found) else 0


@credential_group.command("revoke")
def revoke(
    id: Annotated[str, typer.Argument(metavar="NUMBER", help="Of the certificate, or how its number begins.")],
    home: HomeOpt,
    why: WhyOpt,
    from_: Annotated[
        str, typer.Option("--from", metavar="DAY", help="From which day on it counts no more; else today.")
    ] = "",
    reason: ReasonOpt = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Let a certificate count no more. It is recorded, and the list that goes down to the laptops is signed anew.

    Whoever has an older list does not know it yet: `fieldkit verify` always says of which day its list is. It cannot be
    taken back; give another certificate with `issue --person`.

    Example: fieldkit central credential revoke 0b5e1c2d --why mistake --home /srv/fieldkit
    """
    from fieldkit.core.erasing import WHYS
    from fieldkit.sync.central import credentials

    if why not in WHYS or why == "retention":
        raise WrongUsage("There is no such code of a reason.", "--why is mistake, request, order or other.")
    office, at = open_home(home), now()
    day = day_of(from_) if from_ else credentials.day_of(at)
    one, added = _with(office, lambda db: credentials.revoke(office, db, id, why, reason, day, at))
    assert one.revoked is not None
    if json:
        talk.emit({"id": one.id, "revoked": one.revoked.isoformat(), "added": added})
    else:
        talk.data(f"{'revoked' if added else 'revoked already'}  {one.id}  from {one.revoked.isoformat()}")
    talk.say("The list goes down with the next sync of each laptop, or with central outbound.")


# ---- helpers -----------------------------------------------------------------------------------------------------


def _with(office: Home, use: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        db = await office.database()
        try:
            return await use(db)
        finally:
            await db.close()

    return asyncio.run(run())


def _folder(folder: Path) -> None:
    """Before anything is recorded: who was given a certificate is not new any more."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FieldkitError(f"Cannot write to {folder}: {talk.reason(error)}.", "Check the path.") from error


def _handed(office: Home, program: str) -> set[str]:
    """Numbers of the program's certificates of which every file was written, wherever to. A line comes before its file:
    where the last one has none, it was not written."""
    from fieldkit.formats.pdf import there
    from fieldkit.log import handed

    found: dict[str, set[str]] = {}
    lines = handed.read(office.path)
    if lines and lines[-1].kind == handed.EXPORT and not Path(lines[-1].path).exists():
        lines = lines[:-1]
    for one in lines:
        words = one.what.split(" ")
        if one.kind == handed.EXPORT and words[:2] == ["certificate", program] and len(words) == 3:
            found.setdefault(words[2], set()).add(Path(one.path).stem.removeprefix(f"{program}-"))
    every = [found.get(ending, set()) for ending in ("json", *(("pdf",) if there() else ()))]
    return set.intersection(*every)


def _write(office: Home, made: Made, folder: Path, lang: str, jwt: bool, at: int) -> list[dict[str, Any]]:
    """The files of each credential, noted as handed out before they are written."""
    from fieldkit.formats.pdf import there
    from fieldkit.log import handed
    from fieldkit.log.credential import credential, to_bytes
    from fieldkit.log.credential_jwt import to_jwt
    from fieldkit.log.files import write_durable
    from fieldkit.log.handed import Handed

    signer = office.office()
    if made.given and not there():
        talk.warn("The page to print is not made: its libraries are not installed.", install("pdf"))
    out = []
    for given in made.given:
        document = credential(given, signer)
        data = {"json": to_bytes(document)}
        if there():
            data["pdf"] = _page(given, document, made, office, lang)
        if jwt:
            data["jwt"] = to_jwt(given, signer)
        paths = []
        for ending, raw in data.items():
            path = (folder / f"{given.program}-{given.id}.{ending}").resolve()
            what = f"certificate {given.program} {ending}"
            sha256 = hashlib.sha256(raw).hexdigest()
            origins = sorted({by.origin for part in given.parts for by in part.by})
            with handed.noted(office.path, Handed(at * 1000, handed.EXPORT, str(path), what, sha256, origins)):
                write_durable(path, raw)
            paths.append(str(path))
        new = given.id in made.new
        out.append({"id": given.id, "person_id": given.badge, "name": given.name, "new": new, "files": paths})
    return out


def _page(given: Given, document: dict[str, Any], made: Made, office: Home, lang: str) -> bytes:
    from fieldkit.formats.pdf.certificate import Printed, write
    from fieldkit.log.certificate import certificate_note, qr_text, sealed
    from fieldkit.log.credential import sha256_of, to_bytes

    signer, on = office.office(), made.on[given.id]
    code = qr_text(certificate_note(given, sha256_of(document), on, signer))
    data, unwritten = write(given, Printed(on, signer.name, to_bytes(document), code, lang))
    if unwritten:
        talk.warn(f"The page of {given.id} lacks signs of {', '.join(unwritten)}.", "The credential has them all.")
    return sealed(data, given.id, signer)


def _until(one: Seen) -> str:
    day: date | None = one.issued.until
    return day.isoformat() if day is not None else "-"


def _as_dict(one: Seen) -> dict[str, Any]:
    of = one.issued
    return {
        "state": one.state,
        "id": of.id,
        "person_id": of.badge or None,
        "id_issuer": of.issuer or None,
        "name": of.name or None,
        "program": of.program,
        "version": of.version,
        "on": of.on.isoformat(),
        "until": of.until.isoformat() if of.until is not None else None,
        "revoked": of.revoked.isoformat() if of.revoked is not None else None,
        "why": of.why or None,
        "record": of.log,
        "session": of.ref.o,
    }
