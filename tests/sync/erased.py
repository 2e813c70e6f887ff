"""Who is erased in the tests of erasing, and how to see that they are: in files, in tables, in proofs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldkit.core.tables import Signatures, table
from fieldkit.log.fsck import walk
from fieldkit.log.heads import read as known_heads
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import make_receipt, parse_receipt, verify_receipt
from fieldkit.station import SessionRef, Station
from fieldkit.sync.central.digest.work import catch_up
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from tests.kit.central import Office, results
from tests.kit.grep import found

NAME, BADGE = "Zoë Álvarez-Quisbert", "E745738"
WHO = (NAME, BADGE)
OTHERS = (("Bo [/] Lee", "B2"), ("Ann O'Neil", "C3"))


async def ingest(office: Office, folder: Path) -> tuple[list[str], bytes]:
    """Central takes a folder; (answers, receipts file)."""
    async with await Intake.open(office.home) as intake:
        out = [one for path in sorted(folder.glob("*.fkb")) for one in await intake.file(path, office.now)]
        origins = [one.origin for one in out if one.taken and one.origin]
        await catch_up(office.home, intake.db, office.now)  # so that what is erased stands in every table
        return results(out), await receipts_file(intake.db, origins, intake.office)


def at_laptop(station: Station, office: Office | None = None) -> list[str]:
    return found(station.home, WHO, office.home.identities() if office is not None else ())


def at_office(office: Office, texts: Sequence[str] = WHO) -> list[str]:
    """Where one of these stands: in the files of the folder, or in a database that is none of them."""
    raw = office.raw() if isinstance(office.home.place, str) else b""
    tables = ["tables"] if any(text.encode() in raw for text in texts) else []
    return found(office.home.path, texts, office.home.identities()) + tables


def everybody_elses(office: Office) -> list[str]:
    """That the search itself finds what is there."""
    return at_office(office, [OTHERS[0][0]])


def whole(station: Station, *, of_its_own: bool = False) -> bool:
    """fsck is green for every session here; `of_its_own`: whatever this laptop has signed elsewhere."""
    heads = [] if of_its_own else known_heads(station.heads)
    for ref in station.sessions():
        with SessionFile.open(ref.path) as file:
            if walk(file, [station.signer.vkey], heads):
                return False
    return True


def receipt_of(ref: SessionRef, name: str) -> bytes:
    """What a participant took home."""
    with SessionFile.open(ref.path) as file:
        lines, note = list(file.lines()), file.checkpoint()
        tree = Tree()
        for line in lines:
            tree.append(leaf_hash(line))
        index, opening = next((i, one) for i, one in file.numbered_openings() if name.encode() in one)
        return make_receipt(lines[index], opening, index, tree.inclusion(index, len(lines)), note)


def proved(station: Station, receipt: bytes) -> bool:
    return verify_receipt(parse_receipt(receipt), [station.signer.vkey]).record.p is not None


def names_in(ref: SessionRef) -> list[tuple[str, str]]:
    """(name, flags) of each row of the attendance sheet."""
    with SessionFile.open(ref.path) as file:
        s = file.session()
    made = table("attendance", s, s.plan, Signatures())
    at = {column: k for k, column in enumerate(made.columns)}
    return [(row[at["name"]], row[at["flags"]]) for row in made.rows]
