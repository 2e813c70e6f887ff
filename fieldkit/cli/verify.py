"""`fieldkit verify`: files, and what a scanner or a thumb brought of a receipt, each with a verdict and a sentence."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.attest import attested_words
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.keys import VKey
    from fieldkit.log.seal import Keys
    from fieldkit.sync.judged import Judged, Known


def verify(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE…]", help="Bundle, receipt, export, certificate, pack, list; `-` reads one here."),
    ] = None,
    root: Annotated[
        str | None, typer.Option("--root", metavar="VKEY|WORDS", help="Head office's root: its line, or its six words.")
    ] = None,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="CODE", help="Ten signs of a receipt: is it in a session here, or in FILE…?"),
    ] = None,
    qr: Annotated[
        str | None, typer.Option("--qr", metavar="TEXT", help="What a scanner read from a receipt or a certificate.")
    ] = None,
    badge: Annotated[
        str | None,
        typer.Option("--badge", metavar="BADGE", help="Are these certificates of this badge? ISSUER/BADGE too."),
    ] = None,
    identity: Annotated[
        Path | None, typer.Option("--identity", metavar="FILE", help="An age identity, for sealed bundles.")
    ] = None,
    words: Annotated[
        str, typer.Option("--words", metavar="WORDS", help="The six words, for bundles that are sealed to words.")
    ] = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Check files: whole, and by whom? Exit code 0 only when every one is verified, 4 when our own list is damaged.

    A receipt may be the text, or what a scanner read out of its QR code. Beside an attendance sheet its note and its
    FILE.proofs are checked with it. With --code, FILE… are bundles to look into besides the sessions of this laptop.

    A certificate is its PDF, its JSON or, with --qr, the code on the paper. Whether one is revoked the newest
    list says that head office sent here, or a revoked.note among FILE…; the verdict names the day of that list.

    Keys come from the trust list this laptop has accepted, from a list among FILE… that --root has signed, and from
    this laptop itself; never from inside a bundle. The six words of --root pick one of the roots of these lists.
    Whether a key had ended is judged by the day on which head office signed, and where it has not by the clock of
    this computer.

    Example: fieldkit verify attendance.csv
    """
    from fieldkit.sync.verify import judge_all

    named = files or []
    for option, typed in (("--code", code), ("--qr", qr), ("--badge", badge)):
        if typed is not None and not typed.strip():  # a scan that failed must not pass for one that was checked
            raise WrongUsage(f"Nothing stands after {option}.", "Scan or type it again.")
    if not named and not code and not qr:
        raise WrongUsage("What shall be checked?", "Name files, or a receipt's code with --code.")
    with tempfile.TemporaryDirectory(prefix="fieldkit-") as folder:
        files_ = [*_read_in(named, folder), *_scanned(qr or "", folder)]
        known, whole = _known(data, root, files_)
        known.unseal = _unseal(identity, words)
        found = _code(code, files_, data, known) if code else judge_all(files_, known)
        for x in found:
            x.file = "-" if x.file.startswith(folder) else x.file
    if badge:
        _whose(found, badge)
    _tell(found, json, _lang(data))
    if root is None and named and any((x.kind, x.reason) in UNKNOWN for x in found):
        talk.say(f"Head office's list says whose keys these are: fieldkit verify {named[0]} trust.note --root ROOT")
    if not whole:
        return 4
    return 0 if all(x.verdict == "verified" for x in found) else 1


commands: dict[str, Callable[..., int | None]] = {"verify": verify}
UNKNOWN = {
    (kind, "signer-unknown") for kind in ("receipt", "proofs", "file", "bundle", "credential", "revoked", "valid")
}
"""(kind, reason) of files that a trust list would say more about."""


# ---- helpers -------------------------------------------------------------------------------------------------


def _tell(found: list[Judged], json: bool, lang: str) -> None:
    """Every verdict, for a program or for a person."""
    from fieldkit.words import TRAINER, words_for
    from fieldkit.words.languages import primary
    from fieldkit.words.verdicts import BESIDE, sentence

    if json:
        documents = [
            {"file": x.file, "kind": x.kind, "verdict": x.verdict, "reason": x.reason, "sessions": x.sessions}
            | ({"certificate": x.told} if x.told else {})
            for x in found
        ]
        talk.emit(documents[0] if len(documents) == 1 else documents)
        return
    said = words_for(lang if primary(lang) in TRAINER else "en")
    for x in found:
        why = ": ".join(part for part in (x.reason if x.reason != x.verdict else "", x.detail) if part)
        talk.data(f"{x.verdict}  {x.file}" + (f" ({why})" if why else ""))
        talk.data(f"    {sentence(x.kind, x.verdict, said, x.reason)}")
        for key in ("proved", "otherwise") if x.beside == "otherwise" else (x.beside,) if x.beside else ():
            talk.data(f"    {said.say(BESIDE[key])}")
        for one in x.sessions:
            who = ", ".join(one["signers"]) or "nobody known"
            made = "named by" if x.kind == "file" else "signed by"
            talk.data(f"    {one['origin']}  {one['size']} records  {made} {who}")
            for name, why in one.get("ended", {}).items():
                talk.data(f"    signed by {name} too, which does not count ({why})")
            if "judged_at" in one:
                by = "head office's signature" if one["judged_by"] == "central" else "this computer's clock"
                talk.data(f"    keys judged by {by}, {one['judged_at'][:10]}")
            for mark in one.get("attested", ()):
                talk.data(f"    {attested_words(mark)}")


def _lang(data: Path | None) -> str:
    """The language of the settings. Settings that cannot be read keep nobody from checking a file."""
    from fieldkit.config import load

    try:
        return load(home(data), os.environ).lang
    except FieldkitError as wrong:
        talk.warn(wrong.sentence, wrong.hint)
        return ""


def _read_in(files: list[Path], folder: str) -> list[Path]:
    """The files, with standard input written to one in `folder` in the place of `-`."""
    if [str(path) for path in files].count("-") > 1:
        raise WrongUsage("Standard input can be read once.", "Say - once.")
    if "-" not in map(str, files):
        return files
    from fieldkit.sync.verify import FILE_LIMIT

    kept, size = Path(folder) / "input", 0
    with kept.open("wb") as out:
        while piece := sys.stdin.buffer.read(1 << 20):
            size += out.write(piece)
            if size > FILE_LIMIT:
                raise NotPossible("What comes in is too large for any file of ours.", "Is it the right file?")
    return [kept if str(path) == "-" else path for path in files]


def _scanned(text: str, folder: str) -> list[Path]:
    """What a scanner read, as a file in `folder`; letters typed small are those of the code."""
    from fieldkit.log.receipt import is_qr_text

    if not text:
        return []
    raw = text.upper().encode("ascii", "replace")
    if len(raw) > 1 << 16 or not is_qr_text(raw):
        raise WrongUsage("That is not what a scanner reads from one of our codes.", "It has letters and digits 2 to 7.")
    path = Path(folder) / "code"
    path.write_bytes(raw)
    return [path]


def _whose(found: list[Judged], typed: str) -> None:
    """Compare certificates with a badge: what is of somebody else is no certificate of theirs."""
    from fieldkit.core.clean import clean_badge
    from fieldkit.sync.verify_credential import KIND, of_badge

    issuer, _, badge = clean_badge(typed).rpartition("/")
    for x in found:
        if x.kind != KIND or x.verdict != "verified":
            continue
        match of_badge(x, badge, issuer):
            case True:
                x.detail += f"; it is of the badge {typed}"
            case False:
                x.verdict, x.reason = "refused", "another-badge"
            case None:
                x.detail += "; the code on the paper does not say of which badge it is"


def _code(typed: str, files: list[Path], data: Path | None, known: Known) -> list[Judged]:
    """The verdict on a code that somebody read off a screen or a photograph."""
    from fieldkit.log.receipt import read_code
    from fieldkit.station import Station
    from fieldkit.sync.codes import judge_code
    from fieldkit.sync.verify import judge_all

    try:
        code = read_code(typed)
    except BadBytes as wrong:
        raise WrongUsage(
            "That is no receipt code.", "It has ten signs, letters and the digits 2 to 7, like OU64P EY54Z."
        ) from wrong
    before = judge_all(files, known)  # a trust list among them counts; what is no bundle is said as it is
    bundles = [path for path, x in zip(files, before, strict=True) if x.kind == "bundle"]
    station = Station.look(home(data))
    others = [x for x in before if x.kind != "bundle"]
    return [judge_code(code, station.sessions() if station else [], bundles, known), *others]


def _known(data: Path | None, root: str | None, files: list[Path]) -> tuple[Known, bool]:
    """Whose signatures count here, and whether this laptop's own lists could be read."""
    from fieldkit.clock import SystemClock
    from fieldkit.log.revoked import held_revoked
    from fieldkit.station import Station
    from fieldkit.sync.judged import Known

    known = Known(now=SystemClock().wall_ms() // 1000)
    station = Station.look(home(data))
    if root is not None:
        held = [] if station is None else [station.home / "trust.note"]
        known.roots.append(_root(" ".join(root.split()), [*files, *held]))
    if station is None:
        return known, True
    if station.keyless is None:
        known.keys.append(station.signer.vkey)
    else:
        talk.warn(station.keyless.sentence, station.keyless.hint)
    try:
        if (trust := station.trust) is not None:
            known.add_list(trust)
    except DamagedData as wrong:
        talk.warn(wrong.sentence, wrong.hint)
        return known, False
    try:
        if trust is not None and (revoked := held_revoked(station.home)) is not None:
            known.add_revoked(revoked)
    except DamagedData as wrong:
        talk.warn(wrong.sentence, wrong.hint)
        return known, False
    return known, True


def _root(typed: str, files: list[Path]) -> VKey:
    """The root key of a line, or of six words, which pick one that a trust list among `files` names. Whether it signed
    that list is another question. Raises WrongUsage."""
    from fieldkit.log.keys import VKey, plain_words, same_words
    from fieldkit.log.note import split_note
    from fieldkit.log.trust import TRUST_LIMIT, parse_trust

    if "+" in typed or len(plain_words(typed).split()) != 6:
        try:
            key = VKey.parse(typed)
        except BadBytes as error:
            raise WrongUsage(
                f"That is neither a root key nor six words ({error.reason}).", "It looks like name/root+c25c7880+Ae…"
            ) from error
        if key.role != "root":
            raise WrongUsage(f"{key.name} is not a root key.", "It looks like name/root+c25c7880+Ae…")
        return key
    lists = 0
    for path in files:
        try:
            with path.open("rb") as file:
                raw = file.read(TRUST_LIMIT + 1)
            found = parse_trust(split_note(raw, TRUST_LIMIT)[0])
        except (OSError, BadBytes):
            continue  # what is no list is judged as what it is
        lists += 1
        for line in found.of("root"):
            if same_words(typed, line.vkey):
                return line.vkey
    if lists:
        raise WrongUsage("No root of the trust lists here has these six words.", "Ask head office for its root line.")
    raise WrongUsage(
        "Six words pick a root of a trust list, and there is none here.", "Name trust.note too, or give the root line."
    )


def _unseal(identity: Path | None, words: str) -> Keys:
    from fieldkit.log.seal import Keys, read_identities

    return Keys(read_identities(talk.read(identity, 1 << 16, "identities")) if identity is not None else (), words)
