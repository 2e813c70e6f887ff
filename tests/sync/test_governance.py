"""Figures out of head office: of groups of five, by name only under an agreement, each trainer's own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from fieldkit.core.figures import total
from fieldkit.core.figures.shared import Wanted
from fieldkit.core.tables.governance import ALL, Part, made
from fieldkit.sync.central import governance
from fieldkit.sync.central.digest import shown
from fieldkit.sync.central.digest.work import catch_up, redo
from fieldkit.sync.central.tx import Tx
from tests.core.figured import AGREED, CLASS, Meeting, Somebody, by_hand
from tests.kit.central import Laptop, Office, bundle, results
from tests.sync.figured import meeting

Read = Callable[[Tx], Coroutine[Any, Any, list[Part]]]


def fac(k: int) -> str:
    return f"ld.acme.example/fac/{k:04d}"


async def filled(folder: Path, some: list[tuple[Meeting, str, str, int]]) -> Office:
    """(what happened, who led it, site, day), all from one laptop."""
    office, laptop = await Office.make(folder), Laptop.named("7q2k")
    office.enrol(laptop)
    taken = await office.take(bundle(*(meeting(laptop, of, who, site, day) for of, who, site, day in some)))
    assert {word.partition(" ")[0] for word in results(taken)} == {"stored"}
    return office


async def read(office: Office, ask: Read) -> list[Part]:
    db = await office.home.database()
    try:
        assert await catch_up(office.home, db, office.now) == 0
        async with db.reading() as tx:
            return await ask(tx)
    finally:
        await db.close()


async def groups(office: Office, wanted: Wanted | None = None, site: str = "", known: str = "") -> list[Part]:
    return await read(office, lambda tx: governance.groups(tx, wanted or Wanted(), site, known))


async def own(office: Office, who: str) -> list[Part]:
    return await read(office, lambda tx: governance.own(tx, who, Wanted()))


def where(parts: list[Part]) -> list[tuple[str, int, int, int]]:
    return [(one.site, one.trainers, one.figures.delivery.sessions, one.sessions_all) for one in parts]


SIX = [(CLASS, fac(k), "Plant-2" if k < 5 else "yard", -k) for k in range(6)]


async def test_a_sum_of_five_trainers_is_what_their_sessions_come_to(tmp_path: Path) -> None:
    office = await filled(tmp_path, [*SIX[:5], (CLASS, fac(0), "plant-2", -9)])
    whole, place = await groups(office)
    assert where([whole, place]) == [(ALL, 5, 6, 6), ("Plant-2", 5, 6, 6)]  # as most of them write it
    assert whole.figures == place.figures == total([by_hand(CLASS)] * 6)
    assert (whole.pack, whole.version, whole.since, whole.until) == ("measured", "1.0.0", "2026-Q4", "2026-Q4")


async def test_what_is_kept_to_be_shown_is_never_what_was_before(tmp_path: Path) -> None:
    """Between a session that changed the sums and whoever makes them again, they are worked out."""
    office, wanted, another = await filled(tmp_path, SIX), Wanted("measured", "1.0.0"), Laptop.named("8r3m")
    office.enrol(another)
    later = meeting(another, CLASS, fac(7), "yard", -9)

    async def seen(tx: Tx) -> tuple[list[Part], bool]:
        found = await shown.groups(tx, wanted)
        assert found == await governance.groups(tx, wanted)
        assert await shown.groups(tx, wanted, " PLANT-2") == await governance.groups(tx, wanted, " PLANT-2")
        return found, not await tx.rows("SELECT 1 FROM shown WHERE said IS NULL")

    db = await office.home.database()
    try:
        told: list[tuple[list[tuple[str, int, int, int]], bool]] = []
        for again in (catch_up(office.home, db, office.now), redo(office.home, db, [later.origin], office.now)):
            await again
            async with db.reading() as tx:
                found, kept = await seen(tx)
            told.append((where(found), kept))
            await office.take(bundle(later))
        assert told == [([(ALL, 6, 6, 6)], True), ([(ALL, 7, 7, 7)], False)]
        assert await catch_up(office.home, db, office.now) == 0
        async with db.reading() as tx:
            assert (await seen(tx))[1]
    finally:
        await db.close()


async def test_the_sixth_cannot_be_worked_out(tmp_path: Path) -> None:
    """Five at one site, one at another: all six together, and neither site."""
    office = await filled(tmp_path, SIX)
    assert where(await groups(office)) == [(ALL, 6, 6, 6)]
    assert await groups(office, site="plant-2") == await groups(office, site="yard") == []
    assert await groups(office, known=fac(0)) != []
    assert await groups(office, Wanted(until="2026-Q3")) == await groups(office, Wanted(pack="other")) == []


async def test_four_are_shown_to_nobody_but_themselves(tmp_path: Path) -> None:
    office = await filled(tmp_path, [*SIX[:4], (CLASS, "", "plant-2", -4)])  # without a key: it may be one of the four
    assert await groups(office) == []
    assert await read(office, lambda tx: governance.by_name(tx, Wanted())) == []
    (mine,) = await own(office, fac(2))
    assert (mine.trainer, mine.figures, mine.sessions_all) == (fac(2), by_hand(CLASS), 1)
    for nobody in ("", "ld.acme.example/fac/none", "' OR 1=1 --"):
        assert await own(office, nobody) == []


async def test_a_laptop_stands_for_whoever_has_no_key(tmp_path: Path) -> None:
    """But not one on which somebody led with a key, be it another pack."""
    office, laptops = await Office.make(tmp_path), [Laptop.named(f"{k}q2k") for k in range(2, 8)]
    office.enrol(*laptops)
    for n, laptop in enumerate(laptops[:5]):
        await office.take(bundle(meeting(laptop, CLASS, "", day=-n)))
    assert where(await groups(office)) == [(ALL, 5, 5, 5), ("plant-2", 5, 5, 5)]
    await office.take(bundle(meeting(laptops[0], CLASS, fac(1), version="2.0.0")))
    assert await groups(office, Wanted("measured", "1.0.0")) == await groups(office) == []


async def test_who_is_among_five_sees_no_group_of_four_others(tmp_path: Path) -> None:
    office = await filled(tmp_path, SIX[:5])
    assert await groups(office) and not await groups(office, known=fac(1))


async def test_an_agreement_shows_names_and_takes_them_out_of_the_groups(tmp_path: Path) -> None:
    """Of whom every session of a pack in a quarter was recorded under it."""
    mixed = [(AGREED, fac(0), "plant-2", 0), (AGREED, fac(1), "plant-2", 0), (CLASS, fac(1), "plant-2", -1)]
    office = await filled(tmp_path, [*mixed, *((CLASS, fac(k), "plant-2", 0) for k in range(2, 5))])
    (named,) = await read(office, lambda tx: governance.by_name(tx, Wanted()))
    assert (named.trainer, named.site, named.figures) == (fac(0), ALL, by_hand(AGREED))
    assert await groups(office) == []  # five trainers, and one of them is known by name


async def test_several_versions_come_together_in_delivery_alone(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    logs = [meeting(laptop, CLASS, fac(k), version=version) for version in ("1.0.0", "1.1.0") for k in range(5)]
    await office.take(bundle(*logs))
    parts = await groups(office)
    assert {(one.site, one.pack, one.version) for one in parts} == {
        (site, *pack) for site in (ALL, "plant-2") for pack in (("measured", "1.0.0"), ("measured", "1.1.0"), (ALL, ""))
    }
    whole = next(one for one in parts if one.site == ALL == one.pack)
    assert whole.figures.delivery == total([by_hand(CLASS)] * 10).delivery and not whole.figures.items
    assert [row[2] for row in made("delivery", parts).rows] == ["*", "measured", "measured"] * 2


def cells_of(parts: list[Part], what: str, item: str) -> dict[str, tuple[str, str, set[str]]]:
    """Site → n, note, and what else is said of a question."""
    table, found = made(what, parts), dict[str, tuple[str, str, set[str]]]()
    for row in table.rows:
        x = dict(zip(table.columns, row, strict=True))
        if x.get("item") == item:
            some = found.setdefault(x["site"], (x["n"], x["note"], set()))[2]
            some |= {f"{k}={v}" for k, v in x.items() if v and k in ("right", "right_pct", "share_pct", "count")}
    return found


async def test_answers_of_four_at_one_site_are_not_everything_without_the_other(tmp_path: Path) -> None:
    """Also of what is confidential, of single quarters, and of what is kept to be shown."""
    one = Meeting(people=(Somebody(said={"q1": ("b",), "poll": ("a",)}, sure="sure"),) * 2)
    other = Meeting(people=(Somebody(said={"q1": ("c",), "poll": ("c",)}, sure="sure"),))
    some = [(one, fac(k), "plant-a", -k) for k in range(5)]
    some += [(other if k < 9 else Meeting(people=(Somebody(),)), fac(k), "plant-b", -k) for k in range(5, 10)]
    some += [(one, fac(k), "plant-b", 60 + k) for k in range(5)]  # the quarter after
    office = await filled(tmp_path, some)
    for wanted in (Wanted(), Wanted("measured", "1.0.0"), Wanted(until="2026-Q4"), Wanted(since="2027-Q1")):
        for kept in (False, True):
            ask: Callable[..., Coroutine[Any, Any, list[Part]]] = shown.groups if kept else governance.groups
            parts = await read(office, partial(ask, wanted=wanted))
            for what, item in (("items", "q1"), ("spread", "poll")):
                found = cells_of(parts, what, item)
                if wanted.since:
                    assert found["*"][:2] == found["plant-b"][:2] == ("10", "")
                    assert found["*"][2] and found["plant-b"][2], "a quarter in which enough answered"
                    continue
                assert found["plant-a"] == ("10", "few", set()), "enough, and held back"
                whole = "14" if wanted.until else "24"
                assert found["*"][0] == whole and found["*"][2], "all of them together"
                assert found["plant-b"][0] == ("4" if wanted.until else "14") and not found["plant-b"][2]


async def test_of_one_trainer_a_quarter_with_few_answers_is_not_the_rest_without_it(tmp_path: Path) -> None:
    """Their own figures, and those that an agreement shows by name."""
    few, many = (Meeting(people=(Somebody(said={"q1": ("b",)}),) * n, agreement="BV-1") for n in (3, 5))
    office = await filled(
        tmp_path, [(few, fac(0), "plant-2", 0), *((many, fac(0), "plant-2", 60 + k) for k in range(2))]
    )
    for ask in (governance.by_name, partial(governance.own, fac=fac(0))):
        found = {}
        for name, wanted in (
            ("all", Wanted()),
            ("old", Wanted(until="2026-Q4")),
            ("new", Wanted(since="2027-Q1")),
            ("none", Wanted(since="2028-Q1")),
        ):
            found[name] = cells_of(await read(office, partial(ask, wanted=wanted)), "items", "q1")  # type: ignore[operator]
        assert found["all"] == {"*": ("13", "", {"right=13", "right_pct=100"})}
        assert (found["old"], found["new"], found["none"]) == (
            {"*": ("3", "few", set())},
            {"*": ("10", "few", set())},
            {},
        )
