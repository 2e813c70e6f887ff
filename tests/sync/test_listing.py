"""Head office changes its list line by line: who may join, what stays, what central's clock makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.keys import Signer, VKey, six_words
from fieldkit.log.names import skeleton
from fieldkit.log.note import day_text
from fieldkit.log.trust import TrustKey, TrustList, accept, accept_first, enrol_note, trust_note
from fieldkit.sync.central import listing, reasons
from fieldkit.sync.central.admit import Admitted, admit
from fieldkit.sync.central.listing import Asked, asked, day_of, named, packs_of, with_key, with_revoked, with_window
from fieldkit.sync.central.settle import settle
from tests.kit.central import NOON, ORG, Laptop, Office, bundle, results

DAY = 86_400
TODAY = NOON // DAY * DAY


def key(name: str, n: int = 1) -> Signer:
    return Signer(f"{ORG}/{name}", bytes([n]) * 32)


ROOT = key("root", 9)
BASE = TrustList(ORG, 1, TODAY, TODAY + 90 * DAY, (TrustKey("root", ROOT.vkey, TODAY, TODAY + 900 * DAY),))


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


def put(office: Office, trust: TrustList) -> TrustList:
    return office.home.put_trust(trust, office.now, office.root())


# ---- who may join --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [("fac/9k3m", "facilitator"), ("office", "office"), ("pub/acme", "publisher"), ("witness/works", "witness")],
)
def test_a_key_joins_as_what_its_name_says(name: str, kind: str) -> None:
    one = key(name)
    trust = with_key(BASE, Asked(one.vkey), NOON)
    (line,) = trust.of(kind)
    assert (line.vkey, line.from_, line.until) == (one.vkey, TODAY, TODAY + 365 * DAY)
    assert with_key(trust, Asked(one.vkey), NOON) == trust
    assert trust.of("root") == BASE.of("root")


def test_what_stands_beside_a_key_is_taken_over() -> None:
    new = Asked(key("fac/9k3m").vkey, TODAY - 9 * DAY, TODAY + 9 * DAY, ("a", "b"), "hall-3")
    trust = with_key(BASE, new, NOON)
    (line,) = trust.of("facilitator")
    assert (line.from_, line.until, line.packs, line.site) == (TODAY - 9 * DAY, TODAY + 9 * DAY, ("a", "b"), "hall-3")
    again = with_key(trust, Asked(line.vkey, TODAY), NOON)
    (line,) = again.of("facilitator")
    assert (line.from_, line.until, line.packs) == (TODAY - 9 * DAY, TODAY + 365 * DAY, ("a", "b"))


REFUSED: list[tuple[str, int, str]] = [
    ("root", 1, "makes it"),
    ("central", 1, "makes it"),
    ("fac/bi11", 1, "can be taken for"),
    ("fac/bill", 2, "Another key of this name"),
    ("fac/anna", 7, "listed already as"),
    ("pub/gone", 3, "was revoked"),
]


@pytest.mark.parametrize(("name", "n", "why"), REFUSED)
def test_who_may_not_join(name: str, n: int, why: str) -> None:
    """Own keys of head office, look-alikes, a second key of a name, one key under two names, what was revoked."""
    window = (TODAY, TODAY + 9 * DAY)
    trust = replace(
        BASE,
        keys=(
            *BASE.keys,
            TrustKey("facilitator", key("fac/bill", 7).vkey, *window),
            TrustKey("publisher", key("pub/gone", 3).vkey, *window, revoked=TODAY),
        ),
    )
    with pytest.raises(NotPossible, match=why):
        with_key(trust, Asked(key(name, n).vkey), NOON)


def test_an_organisation_that_looks_like_ours_does_not_join() -> None:
    for org in ("ld.acme.examp1e", "1d.acme.example"):
        with pytest.raises(NotPossible, match="is not it"):
            with_key(BASE, Asked(Signer(f"{org}/fac/anna", bytes(32)).vkey), NOON)
    with pytest.raises(NotPossible, match="office key is of"):
        with_key(BASE, Asked(Signer("other.example/office", bytes(32)).vkey), NOON)
    homeless = Signer("laptop.fieldkit/fac/anna", bytes(32))
    assert with_key(BASE, Asked(homeless.vkey), NOON).find(homeless.vkey) is not None


def test_the_six_words_prove_a_bare_key_and_a_note_alike() -> None:
    one, other = key("fac/9k3m"), key("fac/8r3m", 2)
    words = six_words(one.vkey)
    assert asked(f"  {one.vkey}\n".encode(), words.upper()).vkey == one.vkey
    assert asked(enrol_note(one, NOON - 5 * DAY), words).made == NOON - 5 * DAY
    for raw in (str(one.vkey).encode(), enrol_note(one, NOON)):
        for wrong in ("", "a b c d e f", six_words(other.vkey), words + " word"):
            with pytest.raises(NotPossible, match="six words do not belong to this trainer's key"):
                asked(raw, wrong)
    weak = str(VKey(one.name, 1, bytes(32))).encode()
    for raw in (b"", b"\xff\x00", b"hello", weak, enrol_note(one, NOON).replace(b"made 2", b"made 1"), b"x" * 5000):
        with pytest.raises(BadBytes):
            asked(raw, words)


def test_a_line_is_found_by_name_by_its_end_and_by_key() -> None:
    paper = key("root", 8)
    trust = with_key(BASE, Asked(key("fac/9k3m").vkey), NOON)
    trust = replace(trust, keys=(*trust.keys, TrustKey("root", paper.vkey, TODAY, TODAY + DAY)))
    line = trust.of("facilitator")[0]
    for text in ("9k3m", "fac/9k3m", f"{ORG}/fac/9k3m", str(line.vkey), f" {line.vkey.name} "):
        assert named(trust, text) == line
    assert named(trust, f"{ORG}/root+{paper.vkey.keyid.hex()}").vkey == paper.vkey
    with pytest.raises(NotPossible, match="means 2 keys") as caught:
        named(trust, "root")
    assert paper.vkey.keyid.hex() in caught.value.hint
    for nobody in ("", "x", "Ann [/] Lee", "\x1b[2J", "9k3", "fac"):
        with pytest.raises(NotPossible, match="Nobody"):
            named(trust, nobody)


def test_days_packs_and_words_as_they_are_typed() -> None:
    assert day_of("today", NOON) == TODAY and day_of(" Tomorrow ", NOON) == TODAY + DAY
    assert day_of("2026-11-20", NOON) == TODAY - 2 * DAY
    for bad in ("", "20.11.2026", "2026-13-01", "2026-11-20T09:00:00Z", "yesterday", "9999999-01-01"):
        with pytest.raises(WrongUsage):
            day_of(bad, NOON)
    assert packs_of("a, b ,a") == ("a", "b") and packs_of("all") is None
    for bad in ("", ",", "A", "a b", "../x", "a" * 40, "a,\u202eb"):
        with pytest.raises(WrongUsage):
            packs_of(bad)
    assert listing.token("hall-3", "site") == "hall-3"
    for bad in ("hall 3", "a=b", "", "x" * 65):
        with pytest.raises(WrongUsage):
            listing.token(bad, "site")


def test_a_window_moves_and_a_revoked_key_has_none_any_more() -> None:
    trust = with_key(BASE, Asked(key("fac/9k3m").vkey), NOON)
    line = trust.of("facilitator")[0]
    later = NOON + 300 * DAY
    (new,) = with_window(trust, line, later).of("facilitator")
    assert day_text(new.until) == day_text(later + 365 * DAY) and new.from_ == line.from_
    (new,) = with_window(trust, line, NOON, TODAY + 3 * DAY).of("facilitator")
    assert new.until == TODAY + 3 * DAY
    for bad in (TODAY, TODAY - DAY):
        with pytest.raises(WrongUsage):
            with_window(trust, line, NOON, bad)
    gone = with_revoked(trust, line, TODAY, NOON)
    with pytest.raises(NotPossible, match="cannot be renewed"):
        with_window(gone, gone.of("facilitator")[0], NOON)
    with pytest.raises(NotPossible, match="is revoked"):
        listing.with_packs(gone, gone.of("facilitator")[0], None)
    with pytest.raises(NotPossible, match="no trainer"):
        listing.with_packs(BASE, BASE.keys[0], None)
    with pytest.raises(NotPossible, match="works with"):
        with_revoked(BASE, BASE.keys[0], TODAY, NOON)
    (moved,) = with_revoked(gone, gone.of("facilitator")[0], TODAY - DAY, NOON).of("facilitator")
    assert moved.revoked == TODAY - DAY


def test_a_revocation_that_has_come_moves_only_to_an_earlier_day() -> None:
    """A later day would let what a thief keeps be taken after all; one that is still to come may be put right."""
    trust = with_key(BASE, Asked(key("fac/9k3m").vkey), NOON)
    for first, later in ((TODAY, TODAY + DAY), (TODAY - 9 * DAY, TODAY), (TODAY, day_of("9999-12-31", NOON))):
        gone = with_revoked(trust, trust.of("facilitator")[0], first, NOON)
        with pytest.raises(NotPossible, match="for ever"):
            with_revoked(gone, gone.of("facilitator")[0], later, NOON)
        assert with_revoked(gone, gone.of("facilitator")[0], first, NOON) == gone
    coming = with_revoked(trust, trust.of("facilitator")[0], TODAY + DAY, NOON)
    (moved,) = with_revoked(coming, coming.of("facilitator")[0], TODAY + 30 * DAY, NOON).of("facilitator")
    assert moved.revoked == TODAY + 30 * DAY and moved.state(NOON) == "ok"
    for far in ("0001-01-01", "1969-12-31"):
        with pytest.raises(WrongUsage, match="out of range"):
            day_of(far, NOON)


NAMES = [f"{kind}/{id}" for kind in ("dev", "fac", "witness") for id in ("aaaa", "b1ll", "bill")]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "renew", "revoke", "certify", "wait"]),
        st.sampled_from(NAMES),
        st.integers(1, 3),
        st.integers(-40, 400),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_whatever_is_done_in_whatever_order_the_list_stays_a_list(steps: list[tuple[str, str, int, int]]) -> None:
    """Every list can follow every one before it; a name has one key, looks like no other; revoked stays revoked."""
    now, trust, lists = NOON, BASE, [BASE]
    for do, name, n, days in steps:
        line = next((key for key in trust.keys if key.vkey.name == f"{ORG}/{name}"), None)
        try:
            if do == "add":
                trust = with_key(trust, Asked(key(name, n).vkey, now + days * DAY), now)
            elif do == "wait":
                now += max(0, days) * DAY
            elif line is not None and do == "renew":
                trust = with_window(trust, line, now, now // DAY * DAY + days * DAY)
            elif line is not None and do == "revoke":
                trust = with_revoked(trust, line, now // DAY * DAY + days * DAY, now)
            elif line is not None:
                trust = listing.with_packs(trust, line, ("a",))
        except (NotPossible, WrongUsage):
            continue
        trust = replace(trust, version=trust.version + 1)
        raw = trust_note(trust, ROOT)  # reads its own text back
        for before in lists[-3:]:
            assert accept(before, raw) == trust
            assert before.revoked(now).keys() <= trust.revoked(now).keys()
            gone = {key.vkey for key in before.keys if key.revoked is not None}
            assert gone <= {key.vkey for key in trust.keys if key.revoked is not None}
            assert {key.vkey for key in before.keys} <= {key.vkey for key in trust.keys}
        lists.append(trust)
        names = [key.vkey.name for key in trust.keys]
        assert len({skeleton(name) for name in names}) == len(names) == len({key.vkey.pub for key in trust.keys})


# ---- what central makes of it --------------------------------------------------------------------------------


async def revoke(office: Office, laptop: Laptop, day: int) -> list[str]:
    before = office.home.trust()
    line = named(before, laptop.signer.name)
    put(office, with_revoked(before, line, day, office.now, office.home.in_use()))
    return await settle(office.home, before, office.now)


async def test_a_laptop_revoked_from_today_keeps_what_was_cosigned_yesterday(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("aaaaaaaa", "A")
    assert results(await office.take(bundle(log))) == ["stored"]
    office.now += DAY
    assert await revoke(office, laptop, TODAY + DAY) == []
    longer = log.join("bbbbbbbb", "B").close()
    assert results(await office.take(bundle(log), bundle(longer))) == ["already", "held revoked"]
    assert results(await office.take(bundle(laptop.whole()))) == ["held revoked"]
    assert await office.findings() == []


async def test_a_day_in_the_past_names_what_was_taken_since(office: Office) -> None:
    """Nothing that is stored goes away; a person is told, and a later day does not take that back."""
    laptop, other = Laptop.named("7q2k"), Laptop.named("8r3m")
    office.enrol(laptop, other)
    early = laptop.whole()
    await office.take(bundle(early))
    office.now += 5 * DAY
    late = laptop.whole()
    assert results(await office.take(bundle(late), bundle(other.whole()))) == ["stored", "stored"]
    assert await revoke(office, laptop, TODAY + 6 * DAY) == []
    assert await office.findings() == []
    assert await revoke(office, laptop, TODAY + 2 * DAY) == [late.origin]
    assert await office.findings() == ["after-revoked"]
    assert len(await office.stored()) == 3
    with pytest.raises(NotPossible, match="for ever"):
        await revoke(office, laptop, TODAY + 6 * DAY)
    assert await office.findings() == ["after-revoked"]


async def test_a_revocation_to_come_stops_nothing_yet(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    assert await revoke(office, laptop, TODAY + 3 * DAY) == []
    assert results(await office.take(bundle(laptop.whole()))) == ["stored"]
    office.now += 3 * DAY
    assert results(await office.take(bundle(laptop.whole()))) == ["held revoked"]


async def test_a_renewed_window_takes_what_was_held(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    office.now += 366 * DAY
    put(office, office.home.trust())
    assert results(await office.take(bundle(laptop.whole()))) == ["held expired"]
    trust = office.home.trust()
    put(office, with_window(trust, named(trust, "7q2k"), office.now))
    assert results(await office.again()) == ["stored"]


async def test_the_list_is_an_error_once_it_has_run_out(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    office.now += 90 * DAY
    with pytest.raises(FieldkitError, match="has expired"):
        await office.take(bundle(laptop.whole()))
    put(office, office.home.trust())
    assert results(await office.take(bundle(laptop.whole()))) == ["stored"]


async def test_every_list_follows_the_one_before(office: Office) -> None:
    """A laptop that takes each list in gets all the way; so does one that skips, as long as root is the same."""
    first = (office.home.lists / "000001.note").read_bytes()
    office.enrol(Laptop.named("7q2k"))
    put(office, with_key(office.home.trust(), Asked(key("fac/9k3m").vkey), office.now))
    lists = sorted(office.home.lists.glob("*.note"))
    assert [path.name for path in lists] == ["000001.note", "000002.note", "000003.note"]
    held = accept_first(first, office.root().vkey)
    for path in lists[1:]:
        held = accept(held, path.read_bytes())
    assert held == office.home.trust() == accept(accept_first(first, office.root().vkey), lists[-1].read_bytes())


async def test_the_reasons_are_kept_and_survives_half_a_line(office: Office) -> None:
    home = office.home
    assert reasons.read(home) == []
    why = "Ann [/] Lee \u202e<script>" + "x" * 900
    reasons.write(home, NOON, 2, "revoke", f"{ORG}/dev/7q2k", why)
    with (home.lists / reasons.FILE).open("ab") as file:
        file.write(b'{"at":"2026')
    reasons.write(home, NOON, 3, "renew", f"{ORG}/dev/7q2k")
    found = reasons.read(home)
    assert [(one.version, one.do) for one in found] == [(2, "revoke"), (3, "renew")]
    assert found[0].why == why[: reasons.WHY_LIMIT] and found[0].at == "2026-11-22T12:00:00Z"


# ---- what a person decides -----------------------------------------------------------------------------------


async def admit_(office: Office, session: str, root: str = "", why: str = "stick of the 18th") -> Admitted:
    db = await office.home.database()
    try:
        return await admit(db, session, root, why, office.now)
    finally:
        await db.close()


async def test_a_person_admits_what_was_made_before_and_came_after(office: Office) -> None:
    """One checkpoint: neither more of that laptop, nor another history, nor a later growth of the same session."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log, other = laptop.session().join("aaaaaaaa", "A"), laptop.whole()
    office.now += DAY
    await revoke(office, laptop, TODAY)
    assert results(await office.take(bundle(log), bundle(other))) == ["held revoked"] * 2
    done = await admit_(office, log.origin[-8:])
    assert (done.origin, done.size) == (log.origin, log.size)
    assert sorted(results(await office.again())) == ["held revoked", "stored"]
    assert list(await office.stored()) == [log.origin]
    older, longer = log.upto(1), log.join("bbbbbbbb", "B").close()
    assert results(await office.take(bundle(log), bundle(older), bundle(longer))) == [
        "already",
        "older",
        "held revoked",
    ]
    assert await revoke(office, laptop, TODAY - DAY) == []  # decided is decided
    forged = log.upto(1).join("cccccccc", "C").join("dddddddd", "D")
    assert results(await office.take(bundle(forged))) == ["held revoked"]
    assert await office.findings() == ["admitted"]


async def test_it_must_be_clear_which_and_that_it_is_held(office: Office) -> None:
    laptop, stranger = Laptop.named("7q2k"), Laptop.named("zzzz")
    office.enrol(laptop)
    log = laptop.session().join("aaaaaaaa", "A")
    longer = log.close()
    office.now += 400 * DAY
    put(office, office.home.trust())
    unknown = stranger.whole()
    await office.take(bundle(log), bundle(longer), bundle(unknown))
    with pytest.raises(WrongUsage, match="2 held checkpoints"):
        await admit_(office, log.origin)
    for nothing in ("", "x", unknown.origin, "Ann [/] Lee", "\x1b[2J"):
        with pytest.raises(NotPossible, match="is held because"):
            await admit_(office, nothing)
    with pytest.raises(WrongUsage, match="0 held checkpoints"):
        await admit_(office, log.origin, "nonsense")
    for _ in range(2):
        assert (await admit_(office, log.origin, longer.root.hex()[:8])).size == longer.size
    await office.again()  # the shorter file may be looked at before the longer one is stored, and waits once more
    assert sorted(results(await office.again())) in (["held unknown-device"], ["held unknown-device", "older"])
    assert results(await office.again()) == ["held unknown-device"]
    assert (await office.stored())[log.origin][0] == longer.size
