"""What the benchmarks say and a busy machine cannot change: byte counts, imports, and ratios by their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import append, console, firstview, reference, start, year
from bench.__main__ import BENCHES
from bench.report import Row
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.keys import new_identity
from fieldkit.log.seal import Lock
from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def views() -> dict[str, Row]:
    return {row.what: row for row in firstview.run(short=True)}


def test_every_benchmark_is_a_module_and_in_the_document() -> None:
    """`python -m bench` lists what there is, and docs/performance.md says what each one found."""
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    for name in BENCHES:
        assert (ROOT / "bench" / f"{name}.py").is_file(), name
        assert f"`{name}`" in text, name


def test_the_first_view_a_change_and_an_answer_keep_their_bytes(views: dict[str, Row]) -> None:
    """Every target of P6 that is a number of bytes or requests; a phone on a bad Wi-Fi pays for each of them."""
    judged = {what: row.met for what, row in views.items() if row.met is not None}
    assert len(judged) >= 6
    assert [f"{what}: {views[what].figure}" for what, met in judged.items() if not met] == []


def test_the_reference_session_keeps_its_size(tmp_path: Path) -> None:
    """40 people, text answers: at most 45 bytes a record in the file that is carried (P9), and it verifies."""
    made, records, key = reference.bundle(tmp_path)
    assert verify_bundle(made, [key]).verdict == "verified"
    assert 300 < records < 1000
    assert made.stat().st_size / records <= 45


def test_the_sealed_bundle_of_the_reference_session_keeps_its_size(tmp_path: Path) -> None:
    """At most 24 kB to carry for an evening of 40 people; sealing adds some 300 bytes to them."""
    plain = reference.bundle(tmp_path)[0].stat().st_size
    lock = Lock((new_identity()[1],))
    sealed = reference.bundle_of(tmp_path / "reference.db", tmp_path / "sealed.fkb", lock).stat().st_size
    assert 15_000 < plain < sealed <= 24_000
    assert sealed - plain < 400


def test_the_reference_session_is_the_same_in_every_run(tmp_path: Path) -> None:
    """Its size is only a measure while nothing in it is left to chance."""
    (tmp_path / "b").mkdir()
    first, _, _ = reference.bundle(tmp_path)
    second, _, _ = reference.bundle(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_small_commands_load_nothing_heavy(tmp_path: Path) -> None:
    """`export` starts without Textual, Rich, aiohttp and zeroconf (P13)."""
    words = ("export", "last", "--what", "attendance", "--as", "csv", "-o", "-", "--data", str(tmp_path))
    assert start.heavy(*words) == []
    assert start.heavy("--help") == []


def test_the_host_reads_no_certificates_to_start() -> None:
    """aiohttp's default TLS contexts trust nobody here: reading the system's authorities was a fifth of start-up."""
    assert start.authorities() == 0


def test_a_year_is_measured_beside_a_small_head_office() -> None:
    """The target is 3 (a page) at 50,000 sessions; two small ones that differ tenfold measure something else."""
    rows = year.run(short=True, count=20, database="sqlite")
    judged = {row.what.strip(): row for row in rows if row.met is not None}
    assert len([what for what in judged if what.startswith("page: ")]) >= 15
    assert all((row.value or 0) < 10 for what, row in judged.items() if "memory" not in what), judged
    assert [what for what, row in judged.items() if "memory" in what and not row.met] == []


def test_the_log_costs_less_than_a_signature_a_record() -> None:
    """The target is 8 (P8); below 2 somebody signs or encodes twice."""
    assert (append.run(short=True)[0].value or 0) > 2


def test_the_first_screen_loads_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    """The home screen has no phones to serve, and no command line needs pydantic to be read."""
    home = console.laptop(tmp_path)
    chosen = console.loaded(home, console.HOME)
    assert "textual" in chosen
    unshown = {"aiohttp", "jinja2", "zeroconf", "segno", "pydantic", "fieldkit.lan.server", "fieldkit.cli.room"}
    assert chosen & unshown == set()
    live = console.loaded(home, console.LIVE, "host", "toolbox-blank", "--new", "--no-announce")
    assert "fieldkit.lan.server" in live
    assert (
        live & {"zeroconf", "segno", "pydantic", "fieldkit.consoles.attach_server", "fieldkit.formats.export"} == set()
    )


@pytest.mark.slow
def test_a_burst_of_answers_is_a_few_pictures(tmp_path: Path) -> None:
    """A real terminal and 100 phones. The target for a key is 3; tenfold is a key that waits for the room."""
    key, burst = console.full_room(tmp_path, 1, 100, 200)
    assert burst.met, burst.figure
    assert (key.value or 99) < 10, key.figure


@pytest.mark.slow
def test_an_hour_in_the_fast_clock_leaves_the_memory_as_it_was(tmp_path: Path) -> None:
    """The target is 10 % after eight hours; half as much again after one is a leak."""
    (row,) = console.hours.rows(tmp_path, 0.5)
    assert row.value is not None and row.value < 50, row.figure
