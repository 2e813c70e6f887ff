"""Names that a crash left in head office's spool go with the next erasure; what is being read stays."""

from __future__ import annotations

from pathlib import Path

from fieldkit.sync.central import held
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.spool import clear, copies, in_use, made
from tests.kit.central import Laptop, Office, bundle
from tests.sync.erased import BADGE, OTHERS, WHO, at_office


async def test_an_erasure_takes_what_a_crash_left_in_the_spool(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k", "ld.acme.example")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    await office.take(bundle(log))
    spool = office.home.spool
    (spool / "0123456789abcdef.part").write_bytes(bundle(log))  # as an ingest that was killed leaves it
    (spool / ".0123456789abcdef.part.0123456789ab.tmp").write_bytes(bundle(log))
    done = await erase(office.home, "all", BADGE, [], "request", office.now)
    assert done.pending == [] and at_office(office) == [] and copies(spool) == []


async def test_what_another_ingest_reads_at_that_moment_stays(tmp_path: Path) -> None:
    size = held.SMALL + 1
    (tmp_path / "in.fkb").write_bytes(b"x" * size)
    with (tmp_path / "in.fkb").open("rb") as source, held.spooled(tmp_path, source, "in.fkb") as copy:
        clear(tmp_path)
        assert copy.path.stat().st_size == copy.size() == size
        with made(tmp_path / "b.part") as file:
            file.write(b"half")
            clear(tmp_path)
            assert len(copies(tmp_path)) == 2
        clear(tmp_path)
        assert copies(tmp_path) == [copy.path], "nobody uses it any more"
    (tmp_path / "c.part").write_bytes(b"")
    with in_use(tmp_path / "c.part"), in_use(tmp_path / "c.part"):
        clear(tmp_path)
        assert (tmp_path / "c.part").exists()
    clear(tmp_path)
    assert copies(tmp_path) == []
