"""`fieldkit receipt`: receipts of people who were in a session, to hand over after it: text, QR code or a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, SessionArg, found, home
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.session import Session
    from fieldkit.core.state import Person
    from fieldkit.station import SessionRef


class Given(msgspec.Struct, frozen=True):
    """One person's receipt. `qr` is the text of its QR code, empty where it is too long for one."""

    p: str
    badge: str
    name: str
    code: str
    index: int
    size: int
    receipt: str
    qr: str


def receipt(
    session: SessionArg,
    person: Annotated[
        str | None, typer.Option("--person", metavar="BADGE", help="Whose; without it of everybody who came.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="As .txt, .html (pages to print) or .svg (QR code).")
    ] = Path("-"),
    lang: Annotated[list[str] | None, typer.Option("--lang", metavar="LANG", help="One or two languages.")] = None,
    size: Annotated[str, typer.Option("--size", help="Paper: A4 or letter.")] = "A4",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Write what a participant takes home: proof that their arrival is in the signed log. It can be made at any time.

    It is made under the newest signed state, so after the end it covers the whole session. `fieldkit verify FILE`
    checks it anywhere, without this laptop. A badge may also be the session's own `p`, or a walk-in's code.

    Example: fieldkit receipt last --person E1 -o ann.html
    """
    from fieldkit.cli.export import folded, remember

    station, ref = found(home(data), session)
    folding, note, *_ = folded(ref)
    people = [_person(folding, person)] if person is not None else _everybody(folding)
    given = receipts_of(ref, folding, note, people)
    ending = out.suffix.lower()
    if ending == ".svg":
        made = _svg(given)
    elif ending in (".html", ".htm"):
        made = _pages(folding, given, lang, size)
    else:
        from fieldkit.log.proven import join_proofs

        made = join_proofs(one.receipt.encode() for one in given)
    if json:
        talk.emit({"session": ref.origin, "people": msgspec.to_builtins(given)})
    with remember(station, ref, None if str(out) == "-" else out, "receipts", made):
        if not json or str(out) != "-":
            talk.out(out, made)
    if str(out) != "-":
        long = [one.name or one.p for one in given if not one.qr]
        talk.say(f"Written: {out}.")
        if long:
            talk.say(f"Too long for a QR code, and there as text only: {', '.join(long)}.")
    return None


def receipts_of(ref: SessionRef, session: Session, note: bytes, people: Sequence[Person]) -> list[Given]:
    """The receipt of each of these people's first arrival, under the signed checkpoint `note`."""
    from fieldkit.core.walkin import badged, code_of
    from fieldkit.log.proven import Prover
    from fieldkit.log.read import SessionFile
    from fieldkit.log.receipt import parse_receipt, qr_text, short_code, show_code

    out = []
    with SessionFile.open(ref.path) as file:
        prover = Prover(file.lines(), file.opening, note)
        for one in people:
            entries = session.entries(one.p)
            came = [x for x in entries if x.joined_i is not None]
            first = min(came, key=lambda x: x.joined_i or 0)
            raw = prover.receipt(first.joined_i or 0)
            code = show_code(short_code(parse_receipt(raw).leaf))
            badge = badged(entries)[0] or code_of(entries)
            size = prover.at.size
            out.append(Given(first.p, badge, one.name, code, first.joined_i or 0, size, raw.decode(), qr_text(raw)))
    return out


commands: dict[str, Callable[..., int | None]] = {"receipt": receipt}


# ---- helpers -------------------------------------------------------------------------------------------------


def _person(session: Session, badge: str) -> Person:
    one = session.person(badge)
    if one is None:
        raise NotPossible(f"Nobody in this session has the badge {badge[:40]!r}.", "`fieldkit export` lists everybody.")
    if not _came(session, one):
        raise NotPossible(
            "There is no receipt for somebody who did not come in.", "Whoever was marked by hand has none."
        )
    return one


def _everybody(session: Session) -> list[Person]:
    people = [x for x in session.people.values() if not x.gone and _came(session, x)]
    if not people:
        raise NotPossible("Nobody came in, so there is no receipt.", "`fieldkit sessions` lists the others.")
    return people


def _came(session: Session, one: Person) -> bool:
    return any(x.joined_i is not None for x in session.entries(one.p))


def _svg(given: list[Given]) -> bytes:
    from fieldkit.lan.qr import svg

    if len(given) != 1:
        raise WrongUsage("A picture holds one receipt.", "Say whose with --person, or write pages: -o receipts.html")
    if not given[0].qr:
        raise NotPossible("This receipt is too long for a QR code.", "Write it as text: -o receipt.txt")
    drawn = svg(given[0].qr, given[0].code)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


def _pages(session: Session, given: list[Given], lang: list[str] | None, size: str) -> bytes:
    from fieldkit.cli.card import paper_size, spoken
    from fieldkit.cli.when import iso
    from fieldkit.formats.receipt import Slip, slips
    from fieldkit.lan.qr import svg

    info = session.info
    pages = [
        Slip(one.name or one.p, one.badge, one.code, one.receipt, svg(one.qr, one.code) if one.qr else "")
        for one in given
    ]
    known: list[Any] = list(info.langs) if info is not None else []
    when = (iso(session.opened_t, info.tz if info is not None else "UTC") or "")[:10]
    title = info.title if info is not None else session.plan.id
    site = info.site if info is not None else ""
    return slips(pages, spoken(lang, known), title=title, when=when, site=site, size=paper_size(size))
