"""What a list changes, in words: each kind of change is told once, the gravest first, and nothing else is."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fieldkit.log.changes import ORDER, Change, changes, label
from fieldkit.log.names import alike
from fieldkit.log.note import parse_day
from fieldkit.log.trust import TrustKey, TrustList
from tests.log.given import CENTRAL, DEVICE, FACILITATOR, ORG, ROOT, signer

DAY = 86_400
WINDOW = (parse_day("2026-03-01"), parse_day("2027-03-01"))
OTHER = signer(f"{ORG}/dev/8r3m")
BASE = TrustList(
    ORG,
    1,
    WINDOW[0],
    WINDOW[1],
    (
        TrustKey("root", ROOT.vkey, *WINDOW),
        TrustKey("central", CENTRAL.vkey, *WINDOW),
        TrustKey("device", DEVICE.vkey, *WINDOW),
        TrustKey("facilitator", FACILITATOR.vkey, *WINDOW, packs=("loto-basics",)),
    ),
    ("age1old",),
)


def with_(n: int, **more: object) -> TrustList:
    """BASE with one line different."""
    keys = list(BASE.keys)
    keys[n] = replace(keys[n], **more)
    return replace(BASE, version=2, keys=tuple(keys))


def without(n: int) -> TrustList:
    return replace(BASE, version=2, keys=(*BASE.keys[:n], *BASE.keys[n + 1 :]))


def plus(*lines: TrustKey) -> TrustList:
    return replace(BASE, version=2, keys=(*BASE.keys, *lines))


HEIR = signer(ROOT.name, "heir").vkey
CASES: list[tuple[TrustList, str, str]] = [
    (plus(TrustKey("device", OTHER.vkey, *WINDOW)), "joined", f"Laptop {ORG}/dev/8r3m joined, until 2027-03-01."),
    (
        plus(TrustKey("facilitator", signer(f"{ORG}/fac/anna").vkey, *WINDOW, packs=("a", "b"))),
        "joined",
        f"Trainer {ORG}/fac/anna joined for a, b, until 2027-03-01.",
    ),
    (
        plus(TrustKey("facilitator", signer(f"{ORG}/fac/anna").vkey, *WINDOW)),
        "joined",
        f"Trainer {ORG}/fac/anna joined for all packs, until 2027-03-01.",
    ),
    (
        plus(TrustKey("facilitator", signer(f"{ORG}/fac/anna").vkey, *WINDOW, role="supervisor")),
        "joined",
        f"Supervisor {ORG}/fac/anna joined, until 2027-03-01.",
    ),
    (
        plus(TrustKey("device", OTHER.vkey, *WINDOW, role="desk")),
        "joined",
        f"Head office's desk {ORG}/dev/8r3m joined, until 2027-03-01.",
    ),
    (
        plus(TrustKey("device", OTHER.vkey, *WINDOW, revoked=WINDOW[0] + DAY)),
        "revoked",
        f"Laptop {ORG}/dev/8r3m is listed as revoked from 2026-03-02 on.",
    ),
    (without(2), "gone", f"Laptop {DEVICE.name} is no longer listed."),
    (without(0), "root", f"Root key {label(ROOT.vkey)} is no longer listed."),
    (
        plus(TrustKey("root", HEIR, *WINDOW)),
        "root",
        f"Root key {label(HEIR)} is new: it may sign the lists that follow.",
    ),
    (with_(2, revoked=WINDOW[0]), "revoked", f"Laptop {DEVICE.name} is revoked from 2026-03-01 on."),
    (
        with_(2, until=WINDOW[1] + DAY),
        "window",
        f"Laptop {DEVICE.name} counts until 2027-03-02; it was until 2027-03-01.",
    ),
    (with_(3, packs=("a", "b")), "packs", f"Trainer {FACILITATOR.name} is certified for a, b."),
    (with_(3, packs=None), "packs", f"Trainer {FACILITATOR.name} is certified for every pack."),
    (
        with_(2, site="hall-3"),
        "changed",
        f"Laptop {DEVICE.name} is described by site hall-3.",
    ),
]


@pytest.mark.parametrize(("new", "code", "sentence"), CASES, ids=[case[2][:50] for case in CASES])
def test_one_change_is_one_sentence(new: TrustList, code: str, sentence: str) -> None:
    (told,) = changes(BASE, new)
    assert (told.code, told.sentence) == (code, sentence)


def test_a_revocation_that_moves_or_goes_is_told() -> None:
    revoked = with_(2, revoked=WINDOW[0])
    (moved,) = changes(revoked, with_(2, revoked=WINDOW[0] + DAY))
    assert moved.sentence == f"Laptop {DEVICE.name} is revoked from 2026-03-02 on instead of 2026-03-01."
    (back,) = changes(revoked, BASE)
    assert (back.code, back.sentence) == ("restored", f"Laptop {DEVICE.name} is no longer revoked.")


def test_new_dates_of_the_list_are_no_change_and_a_new_recipient_is_two() -> None:
    assert changes(BASE, replace(BASE, version=9, issued=1, expires=2)) == []
    new = changes(BASE, replace(BASE, recipients=("age1new",)))
    assert [(one.code, one.name) for one in new] == [("recipient", "age1new"), ("recipient", "age1old")]


def test_the_gravest_stands_first() -> None:
    keys = (
        *without(3).keys,
        TrustKey("device", OTHER.vkey, *WINDOW),
        TrustKey("root", HEIR, *WINDOW),
    )
    codes = [one.code for one in changes(BASE, replace(BASE, keys=keys))]
    assert codes == ["root", "gone", "joined"] == sorted(codes, key=ORDER.index)


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [
        ("a.b/fac/bill", "a.b/fac/bi11", True),
        ("a.b/fac/bill", "a.b/fac/biii", True),
        ("a.b/dev/0000", "a.b/dev/oooo", True),
        ("a.b/fac/corn", "a.b/fac/com0", False),
        ("a.b/fac/corn1", "a.b/fac/com1", True),
        ("acrne.example/root", "acme.example/root", True),
        ("ld.acme.examp1e/root", "ld.acme.example/root", True),
        ("a.b/dev/7q2k", "a.b/dev/7q2k", False),
        ("a.b/dev/7q2k", "a.b/dev/7q2m", False),
    ],
)
def test_names_that_can_be_taken_for_one_another(one: str, other: str, is_so: bool) -> None:
    assert alike(one, other) == alike(other, one) == is_so


def test_a_name_that_looks_like_one_that_is_listed_is_told() -> None:
    keys = [signer(f"{ORG}/fac/{id}").vkey for id in ("bill1", "bi111")]
    both = plus(*(TrustKey("facilitator", key, *WINDOW) for key in keys))
    told = [one for one in changes(BASE, both) if one.code == "alike"]
    assert [(one.name, keys[0].name in one.sentence) for one in told] == [(keys[1].name, True)]
    assert changes(both, replace(both, version=3)) == []
    gone = replace(both, keys=(*BASE.keys, replace(both.keys[-2], revoked=0), both.keys[-1]))
    assert all(one.code != "alike" for one in changes(BASE, gone))


LINES = st.lists(
    st.builds(
        TrustKey,
        st.just("device"),
        st.sampled_from([signer(f"{ORG}/dev/000{n}").vkey for n in range(4)]),
        st.sampled_from([0, DAY]),
        st.sampled_from([2 * DAY, 3 * DAY]),
        st.sampled_from([None, DAY]),
        st.sampled_from([None, "hall-3"]),
    ),
    unique_by=lambda key: key.vkey,
)


def lists(lines: list[TrustKey], to: tuple[str, ...]) -> TrustList:
    return replace(BASE, keys=(*BASE.keys, *lines), recipients=to)


TO = st.lists(st.sampled_from(["age1a", "age1b", "age1c"]), unique=True).map(tuple)


@settings(max_examples=40)
@given(st.builds(lists, LINES, TO), st.builds(lists, LINES, TO))
def test_whatever_differs_is_told_and_nothing_else(old: TrustList, new: TrustList) -> None:
    """Two lists tell nothing exactly when they hold the same lines and recipients, in whatever order."""
    told = changes(old, new)
    same = set(old.keys) == set(new.keys) and set(old.recipients) == set(new.recipients)
    assert (told == []) == same
    touched = {key.vkey.name for key in set(old.keys) ^ set(new.keys)} | set(old.recipients) ^ set(new.recipients)
    assert {one.name for one in told} == touched
    assert all(isinstance(one, Change) and one.sentence.endswith(".") for one in told)
    assert msgspec.json.encode(told)
