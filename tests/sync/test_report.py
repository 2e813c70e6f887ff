"""The report of a month: every number as a plain recount has it, what is held back, and no name in any format."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from fieldkit.core.completion import decimal
from fieldkit.core.monthly import Period, hundredths, month
from fieldkit.core.tables.report import COLUMNS, Line, Report
from fieldkit.errors import NotPossible
from fieldkit.log import handed
from fieldkit.sync.central import afterwards, programs
from fieldkit.sync.central.digest.period import IN_DAYS
from fieldkit.sync.central.digest.work import today
from fieldkit.sync.central.front.book import FILED, Access, Book
from fieldkit.sync.central.report import made
from tests.cli.kit import fieldkit
from tests.core.classes import plan
from tests.kit.central import NOON, ORG, Laptop, Office, bundle
from tests.sync.courses import PROGRAM
from tests.sync.digested import opened
from tests.sync.recounted import HOSTILE, laid, more
from tests.sync.reported import One, counted, expected, fac, held, numbers, outcome, value
from tests.sync.test_desk_log import with_desk

DAY = 86_400
NOVEMBER, OCTOBER = month("2026-11"), month("2026-10")
ALL = "warm learn drill"
Key = tuple[str, str, str]


async def report(office: Office, of: Period = NOVEMBER, site: str = "", lang: str = "en") -> Report:
    async with opened(office) as db:
        return await made(office.home, db, of, site, office.now, lang)


def of_days(some: list[One], of: Period, site: str = "", pack: str = "") -> list[One]:
    return [
        one
        for one in some
        if of.since <= one.day <= of.until and site in ("", one.site) and pack in ("", one.pack)
    ]  # fmt: skip


# ---- every number ------------------------------------------------------------------------------------------------


async def test_every_number_is_that_of_a_plain_recount(tmp_path: Path) -> None:
    of = await laid(tmp_path, n=28)
    await more(of)
    office = of.office
    every, gathered = await counted(office)
    assert len(every) > 30 and len({one.site for one in every}) > 3
    days = Period(OCTOBER.since.replace(day=9), NOVEMBER.until.replace(day=3))
    for when, site in ((NOVEMBER, ""), (OCTOBER, ""), (NOVEMBER, "plant 2"), (days, "PLANT  1"), (days, "")):
        said = await report(office, when, site)
        found = numbers(said)
        key = site.lower().replace("  ", " ")
        for now, numbers_of in ((when, "value"), (when.before, "before")):
            some = of_days(every, now, key)
            for what, n in expected(some).items():
                assert getattr(found["training", what, ""], numbers_of) == n * 100, (when, site, what)
            _hours(found["training", "hours", ""], numbers_of, some)
            for pack in {one.pack for one in of_days(every, when, key)}:
                mine = [one for one in some if one.pack == pack]
                for what in ("sessions", "person-sessions", "people"):
                    assert getattr(found["packs", what, pack], numbers_of) == expected(mine)[what] * 100
                _hours(found["packs", "hours", pack], numbers_of, mine)
                _judged(found, "packs", pack, mine, numbers_of)
            _judged(found, "training", "", some, numbers_of)
        for program, stands in ((p, gathered.standings(p, today(office.now))) for p in gathered.programs):
            mine_ = [one for one in stands if key in ("", one.site.casefold().replace("  ", " "))]
            n = Counter(one.state for one in mine_)
            assert {x: value(said, "programs", x, program.id) for x in ("ready", "due", "gap")} == {
                x: n[x] for x in ("ready", "due", "gap")
            }
            became = found["programs", "became-ready", program.id]
            for now, got in ((when, became.value), (when.before, became.before)):
                ended = [one.completed_on for one in mine_ if one.completed_on is not None]
                if got is not None:
                    assert got == sum(now.since <= one <= now.until for one in ended) * 100
            assert became.n == len(mine_)
    said = await report(office)
    assert any(one.what == "passed" and one.before for one in said.lines)  # not everything is held back
    asked = {what: numbers(said)["questions", what, ""] for what in ("kept", "answered", "waiting")}
    assert {what: (one.value, one.before) for what, one in asked.items()} == {
        "kept": (200, 0), "answered": (100, 0), "waiting": (100, None),  # two that were not done with; one answered
    }  # fmt: skip
    told = await asyncio.to_thread(fieldkit, "central", "findings", "--home", str(office.home.path), "--json")
    codes = Counter(one["code"] for one in told.document["findings"])
    assert codes and {one.id: one.value for one in said.lines if one.what == "finding"} == {
        code: n * 100 for code, n in codes.items()
    }


def _hours(line: Line, numbers_of: str, some: list[One]) -> None:
    ms = sum(ms for one in some for ms in one.ms.values())
    got = getattr(line, numbers_of)
    assert abs(got - hundredths(ms, 3_600_000)) <= len(some), (got, ms)  # seconds that were cut off
    assert getattr(line, "n" if numbers_of == "value" else "before_n") == sum(len(one.ms) for one in some)


def _judged(found: dict[Key, Line], section: str, id: str, some: list[One], numbers_of: str) -> None:
    """What is said and what is held back come to all of them; where nothing is held back, it is what was counted."""
    whole = outcome(some)
    n = "n" if numbers_of == "value" else "before_n"
    done, marked = found[section, "completed", id], found[section, "passed", id]
    held_back = found.get((section, "held-back", id))
    back = getattr(held_back, numbers_of) // 100 if held_back is not None else 0
    assert getattr(done, n) + back == whole["people"]
    if not back and whole["people"]:
        assert getattr(done, numbers_of) == whole["completed"] * 100
        rate = hundredths(whole["passed"] * 100, whole["scored"]) if whole["scored"] else None
        assert getattr(marked, numbers_of) == rate and getattr(marked, n) == whole["scored"]


@pytest.mark.of_the_file
async def test_sessions_of_other_months_are_not_read(tmp_path: Path) -> None:
    office = await six(tmp_path, 2)
    async with opened(office) as db, db.reading() as tx:
        values = ("press-basics", "1.2.0", "2026-11-01", "", "2026-11-30", "ok")
        steps = [str(row[3]) for row in await tx.rows(f"EXPLAIN QUERY PLAN {IN_DAYS}", *values)]
    assert steps == ["SEARCH digest USING INDEX digest_pack (pack=? AND version=? AND (day,origin)>(?,?) AND day<?)"]


# ---- what is held back -------------------------------------------------------------------------------------------


async def six(folder: Path, trainers: int, sites: tuple[str, ...] = ("yard",), people: int = 2) -> Office:
    """As many sessions in November, each by a trainer of its own, on laptops that come three hours later."""
    office = await Office.make(folder)
    laptops = [Laptop.named(id) for id in ("7q2k", "9k3m", "2w4x")]
    for laptop in laptops:
        laptop.made = NOON - 30 * DAY
    office.enrol(*laptops)
    for k in range(trainers):
        some = {f"E{k}{n}": ALL if n else "warm learn" for n in range(people)}
        log = held(laptops[k % 3], some, -k, fac(k), sites[k % len(sites)], wrong=f"E{k}1" if k == 0 else "")
        office.now = NOON - k * DAY + 3 * 3600
        await office.take(bundle(log))
    office.now = NOON + 9 * DAY
    return office


async def test_of_fewer_than_five_trainers_neither_score_nor_completion_is_said(tmp_path: Path) -> None:
    four = await report(await six(tmp_path / "a", 4))
    assert value(four, "training", "sessions") == 4 and value(four, "training", "person-sessions") == 8
    for section, id in (("training", ""), ("packs", "press-basics")):
        found = {what: numbers(four)[section, what, id] for what in ("completed", "passed", "held-back")}
        assert [(x.value, x.n, x.note) for x in found.values()] == [(None, 0, "few"), (None, 0, "few"), (800, 8, "")]
    assert numbers(four)["arrival", "median", ""].note == "few"
    five = await report(await six(tmp_path / "b", 5))
    assert value(five, "training", "completed") == 4  # E1 of each who signed, but the one who answered wrong
    rate = numbers(five)["training", "passed", ""]
    assert (rate.value, rate.n) == (9000, 10) and ("training", "held-back", "") not in numbers(five)


async def test_what_is_held_back_cannot_be_had_by_taking_one_report_from_another(tmp_path: Path) -> None:
    office = await six(tmp_path, 7, ("yard", "yard", "yard", "yard", "yard", "depot", "depot"))
    whole = await report(office)
    assert numbers(whole)["training", "passed", ""].n == 14  # all seven, or none: two at the depot would be the rest
    for site in ("yard", "depot"):
        there = numbers(await report(office, site=site))
        assert there["training", "passed", ""].note == there["arrival", "ninety", ""].note == "few"
    shorter = await report(office, Period(NOVEMBER.since, NOVEMBER.until.replace(day=21)))
    assert numbers(shorter)["training", "passed", ""].value is None  # six of the seven; the seventh would be the rest
    assert numbers(whole)["arrival", "ninety", ""].n == 7 and numbers(shorter)["arrival", "ninety", ""].note == "few"
    longer = await report(office, Period(OCTOBER.since, NOVEMBER.until))
    assert numbers(longer)["training", "passed", ""].n == 14 and value(longer, "training", "sessions") == 7


async def test_who_became_ready_is_no_way_round_what_is_held_back(tmp_path: Path) -> None:
    """Of a program of one part it is who completed that part's session."""
    for trainers, sites, said in ((6, ("yard",), 500), (4, ("yard",), None), (6, ("yard", "depot"), 500)):
        office = await six(tmp_path / f"{trainers}{len(sites)}", trainers, sites)
        programs.put(office.home, PROGRAM.encode())
        became = numbers(await report(office))["programs", "became-ready", "press4"]
        assert (became.value, became.note) == (said, "" if said else "few")
        for of, site in ((Period(NOVEMBER.since, NOVEMBER.until.replace(day=21)), ""), (NOVEMBER, "yard")):
            one = numbers(await report(office, of, site))["programs", "became-ready", "press4"]
            assert (one.value, one.note, one.change) == (None, "few", None), (trainers, of, site)


async def test_few_people_are_held_back_and_a_plan_without_a_score_is_not(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    free = plan("talk", completion=plan().completion.__class__(require=["ack"]))
    logs = [held(laptop, {f"E{k % 4}": ALL}, -k, fac(k), minutes=60 * k) for k in range(6)]
    logs.append(held(laptop, {"E1": ALL, "E2": "warm"}, -9, fac(1), of=free))
    await office.take(bundle(*logs))
    office.now = NOON + 9 * DAY
    said = await report(office)
    assert numbers(said)["packs", "completed", "press-basics"].note == "few"  # four people, whatever led them
    free_ = numbers(said)["packs", "completed", "talk"]
    assert (free_.value, free_.n) == (100, 2) and numbers(said)["packs", "passed", "talk"].note == "nothing"
    assert value(said, "training", "completed") == 1 and value(said, "training", "held-back") == 6


async def test_a_credit_completes_and_leaves_the_score_as_the_sheet_has_it(tmp_path: Path) -> None:
    office = await six(tmp_path, 6)
    with_desk(office)
    before = numbers(await report(office))["training", "completed", ""]
    async with opened(office) as db, db.reading() as tx:
        logs = [one.origin for one in await tx.sessions() if one.title == "Press 4"]
        badges = dict(await tx.rows("SELECT origin, min(badge) FROM did GROUP BY origin"))
    async with opened(office) as db:
        for what in ("press-basics", "q"):
            await afterwards.grant(office.home, db, logs[0], badges[logs[0]], what, "a card", office.now)
    after = numbers(await report(office))
    assert (before.value, after["training", "completed", ""].value) == (500, 600)
    assert (after["training", "passed", ""].value, after["training", "passed", ""].n) == (9167, 12)


async def test_who_is_known_by_name_under_an_agreement_hides_nobody(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    some = [{"policy": {"named": "BV-1"}} if k == 4 else {} for k in range(5)]
    logs = [held(laptop, {f"E{k}": ALL}, -k, fac(k), minutes=60 * k, **more) for k, more in enumerate(some)]
    await office.take(bundle(*logs[:5]))
    office.now = NOON + 9 * DAY
    assert numbers(await report(office))["training", "passed", ""].note == "few"  # four that nobody can tell apart
    await office.take(bundle(held(laptop, {"E5": ALL}, -5, fac(5))))
    assert numbers(await report(office))["training", "passed", ""].n == 6


async def test_a_pack_is_titled_as_in_its_newest_session(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    titles = {"1.9.0": ("Talk", -9), "1.10.0": ("Talk, new", -2), "1.2.0": ("Talk, old", -5)}
    logs = [held(laptop, {"E1": ALL}, day, fac(1), of=plan("talk", x, title=[of])) for x, (of, day) in titles.items()]
    await office.take(bundle(*logs))
    assert {one.title for one in (await report(office)).lines if one.id == "talk"} == {"Talk, new"}


# ---- laptops, sheets, how late -----------------------------------------------------------------------------------


async def test_how_late_sessions_came_and_which_laptops_are_silent(tmp_path: Path) -> None:
    office = await six(tmp_path, 6)
    said = numbers(await report(office))
    ends = {one.fac: one.end for one in (await counted(office))[0]}
    late = sorted((NOON - k * DAY + 3 * 3600) * 1000 - ends[fac(k)] for k in range(6))
    assert [(said["arrival", x, ""].value, said["arrival", x, ""].n) for x in ("median", "ninety")] == [
        (hundredths(late[2], DAY * 1000), 6), (hundredths(late[5], DAY * 1000), 6),
    ]  # fmt: skip
    office.enrol(Laptop.named("3m5p"))
    office.now = NOON + 11 * DAY
    quiet = await report(office, NOVEMBER)
    assert [value(quiet, "laptops", x) for x in ("listed", "never", "quiet")] == [4, 1, 2]
    days = {one.id: decimal(one.value or 0) for one in quiet.lines if one.what == "silent"}
    assert days == {"9k3m": "14.88", "2w4x": "15.88"}  # their newest came on the 18th and the 17th at three
    assert not any(one.section == "laptops" for one in (await report(office, site="yard")).lines)


async def test_a_receipt_counts_from_the_end_on_and_a_clock_ahead_of_ours_is_no_delay(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    laptops = [Laptop.named(id) for id in ("7q2k", "9k3m", "2w4x", "3m5p", "6r7s")]
    for laptop in laptops:
        laptop.made = NOON - 30 * DAY
    office.enrol(*laptops)
    logs = [held(laptop, {f"E{k}": ALL}, 0, fac(k)) for k, laptop in enumerate(laptops)]
    office.now = NOON - 3600
    await office.take(*(bundle(log.upto(log.size - 2)) for log in logs[:3]))  # a copy from before the end
    await office.take(bundle(logs[4]))  # its clock is an hour ahead
    office.now = NOON + 2 * DAY
    await office.take(*map(bundle, logs[:4]))
    office.now = NOON + 9 * DAY
    ends = {one.fac: one.end for one in (await counted(office))[0]}
    late = sorted([0, *((NOON + 2 * DAY) * 1000 - ends[fac(k)] for k in range(4))])
    line = numbers(await report(office))["arrival", "median", ""]
    assert (line.value, line.n, late[0]) == (hundredths(late[2], DAY * 1000), 5, 0) and late[1] > 1.9 * DAY * 1000
    assert numbers(await report(office))["arrival", "ninety", ""].value == hundredths(late[4], DAY * 1000)


async def test_sheets_that_nobody_has_filed(tmp_path: Path) -> None:
    office = await six(tmp_path, 5)
    assert not any(one.section == "sheets" for one in (await report(office)).lines)  # nobody has an account
    book = Book(office.home.path)
    async with opened(office) as db, db.reading() as tx:
        origins = [one.origin for one in await tx.sessions()]
    for origin in origins[:2]:
        book.note(Access(office.now, "zoe", "", FILED, origin, "9.0.abc"))
    book.close()
    line = numbers(await report(office))["sheets", "not-filed", ""]
    assert (line.value, line.n, line.before, line.before_n) == (300, 5, 0, 0)


# ---- nothing, and nonsense ---------------------------------------------------------------------------------------


async def test_an_empty_database_and_a_month_without_sessions_are_zeros(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    said = await report(office)
    assert {one.value for one in said.lines if one.unit == "count" and one.what not in ("completed",)} == {0}
    assert numbers(said)["arrival", "median", ""].note == "nothing" and not said.site
    with pytest.raises(NotPossible, match="No session was held"):
        await report(office, site="yard")
    office = await six(tmp_path / "six", 5)
    july = await report(office, month("2026-07"))
    assert value(july, "training", "sessions") == 0 and numbers(july)["training", "passed", ""].note == "nothing"
    later = await report(office, Period(month("2026-12").since, month("2026-12").since))
    assert value(later, "training", "sessions") == 0 and numbers(later)["training", "sessions", ""].before_n == 0


async def test_a_site_that_is_none_is_said_with_the_nearest(tmp_path: Path) -> None:
    office = await six(tmp_path, 2, ("Plant 2", "yard"))
    assert value(await report(office, site=" PLANT   2 "), "training", "sessions") == 1
    for site in ("plant 3", "yard'; DROP TABLE digest;--", "%", "W" * 4000, "  ", "\x00yard\ud800?"):
        with pytest.raises(NotPossible):
            await report(office, site=site)
    with pytest.raises(NotPossible) as wrong:
        await report(office, site="plant 3")
    assert "plant 2" in wrong.value.hint


MARKUP = ("a|b\n| c |", "@SUM(A1)", "\x1b[31mred", "[x](http://evil.example)", "`x` *y* _z_", "www.evil.example", "$x$")


async def test_asvs_1_2_10_and_1_3_5_hostile_titles_stay_text(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    titles = dict(enumerate([*HOSTILE, *MARKUP]))
    logs = [held(laptop, {"E1": ALL}, -1, fac(1), of=plan(f"talk-{k}", title=[title])) for k, title in titles.items()]
    assert {x.result for x in await office.take(bundle(*logs))} == {"stored"}

    async def run(*more: str) -> bytes:
        days = ("--since", "2026-11-01", "--until", "2026-11-22")
        done = await asyncio.to_thread(fieldkit, "central", "report", "--home", str(office.home.path), *days, *more)
        assert done.code == 0, done.talk
        return done.out

    rows = list(csv.DictReader(io.StringIO((await run("--as", "csv")).decode("utf-8-sig"), newline="")))
    assert all(tuple(row) == COLUMNS and None not in row.values() for row in rows)
    cells = {row["id"]: row["title"] for row in rows if row["section"] == "packs"}
    assert len(cells) == len(titles) and not {one[0] for one in cells.values()} & set("=+-@\t\r")
    shown = (await run("--as", "md")).decode()
    lines = [line for line in shown.splitlines() if line.startswith("|")]
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {8} and "<" not in shown
    assert not re.search(r"(?<!\\)[`*_\[\]$]|https?:/|www\.", shown) and not set("\x1b\u202e") & set(shown)
    document = json.loads(await run("--as", "json"))
    assert {one["id"]: one["title"] for one in document["lines"] if one["section"] == "packs"} == {
        f"talk-{k}": title for k, title in titles.items()
    }
    assert b"\x1b" not in await run()


# ---- the command -------------------------------------------------------------------------------------------------


@pytest.mark.of_the_file
def test_the_command_names_nobody_and_speaks_two_languages(tmp_path: Path) -> None:
    office = asyncio.run(six(tmp_path, 6))
    home = str(office.home.path)

    def run(*more: str) -> str:
        done = fieldkit("central", "report", "--home", home, "--since", "2026-11-01", "--until", "2026-11-22", *more)
        assert done.code == 0, done.talk
        return done.text

    every = [run("--as", x, "--lang", y) for x in ("text", "csv", "md", "json") for y in ("en", "es")]
    for text in every:
        assert not re.search(r"E\d\d|Name E|/fac/|Sam Ortiz", text)
    assert "Sessions held" in every[0] and "Sesiones celebradas" in every[1] and ORG in every[0]
    assert every[2] == every[3] and json.loads(run("--json"))["since"] == "2026-11-01"
    out = tmp_path / "november.md"
    assert run("--as", "md", "-o", str(out)) == "" and out.read_text().startswith("# Training report: ")
    assert any(one.what == "report md" and one.path == str(out) for one in handed.read(tmp_path / "central"))


@pytest.mark.of_the_file
def test_wrong_days_and_words_are_one_sentence(tmp_path: Path) -> None:
    asyncio.run(Office.make(tmp_path))
    home = str(tmp_path / "central")
    for wrong in (
        *(
            ["--month", x]
            for x in ("2026-13", "2026-1", "november", "0001-01", "9999-12", "２０２６-11", "2026-11-01", "'")
        ),
        *(["--since", x] for x in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "2026-11-1")),
        *(["--until", "2026-11-01"], ["--since", "2026-11-02", "--until", "2026-11-01"], ["--as", "pdf"]),
        *(["--month", "2026-11", "--since", "2026-11-01"], ["--since", "2010-01-01"], ["--lang", "de"]),
        *(["-o", str(tmp_path / "x.txt")], ["--as", "csv", "--sep", "x"], ["--since", "2026-11-01", "--until", "x"]),
    ):
        done = fieldkit("central", "report", "--home", home, *wrong)
        assert done.code == 2 and done.out == b"" and "Traceback" not in done.talk, (wrong, done.talk)
    none = fieldkit("central", "report", "--home", home, "--site", "=cmd")
    assert none.code == 1 and none.out == b"" and "No session was held" in none.talk
