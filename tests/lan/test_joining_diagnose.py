"""What the funnel means: every inference from the facts that cause it, and from no others."""

from __future__ import annotations

import re

import pytest

from fieldkit.lan.diagnose import KINDS, Facts, Other, infer
from fieldkit.words.joining import SENTENCES

URL = "http://192.168.43.17"
FINE = Facts(url=URL, code="K7M4", after_s=600, neighbours=3, seen=3, others=3, page=3, joined=3, live=3, answered=2)
QUIET = Facts(url=URL, code="K7M4", after_s=600, neighbours=None)


def codes(facts: Facts) -> list[str]:
    found = infer(facts)
    for one in found:
        assert "{" not in one.sentence + one.hint or one.code in ("typed", "look-alike"), one
        assert one.sentence and one.hint
    return [one.code for one in found]


def changed(facts: Facts, **more: object) -> Facts:
    return Facts(**{**{k: getattr(facts, k) for k in Facts.__struct_fields__}, **more})  # type: ignore[arg-type]


def test_a_room_in_which_joining_works_has_no_findings() -> None:
    assert codes(FINE) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"neighbours": 0}, ["no-neighbours"]),
        ({"neighbours": 0, "after_s": 30}, []),
        ({"neighbours": None}, []),
        ({"neighbours": 4}, ["isolation"]),
        ({"neighbours": 4, "after_s": 5}, []),
        ({"neighbours": 4, "others": 1, "seen": 1}, []),
        ({"neighbours": 4, "seen": 1}, ["isolation"]),  # the trainer's own browser is no proof
        ({"neighbours": 0, "joined": 1}, []),
        ({"neighbours": 4, "bound": True}, []),
        ({"probing": 2, "others": 2}, ["portal"]),
        ({"tls": 1}, ["https"]),
        ({"tls": 1, "neighbours": 4}, ["https"]),
        ({"typed": (("192.168.43.71", 2), ("x", 1))}, ["typed"]),
        ({"reachable": False}, ["no-network"]),
        ({"kind": "vpn"}, ["shown-unreachable"]),
        ({"kind": "container"}, ["shown-unreachable"]),
        ({"kind": "routed"}, []),
        ({"kind": "vpn", "bound": True}, []),
        ({"wrong_codes": 3}, []),
        ({"wrong_codes": 4}, ["wrong-codes"]),
        ({"page": 5, "others": 5}, ["pages-no-join"]),
        ({"page": 5, "others": 5, "after_s": 20}, []),
        ({"joined": 5, "answered": 3, "page": 5, "others": 5}, ["nobody-live"]),
        ({"problem": "OSError: no multicast"}, ["not-announced"]),
        ({"moved": True}, ["moved"]),
        ({"alike": (Other("Lockout", "http://10.0.0.9"),)}, ["look-alike"]),
        ({"alike": (Other("Lockout", "http://10.0.0.9", True),)}, ["impostor"]),
    ],
)
def test_each_cause_is_named_and_nothing_else(more: dict[str, object], expected: list[str]) -> None:
    assert codes(changed(QUIET, **more)) == expected


def test_a_vpn_is_no_matter_while_phones_come_in() -> None:
    assert codes(changed(FINE, kind="vpn")) == []


def test_what_somebody_typed_is_shown_as_it_was_and_never_read_as_a_template() -> None:
    """A Host header is foreign: braces in it must not pull in other facts, or break the sentence."""
    for typed in ("{url}", "{", "}{", "{nope}", "{0}", "%s", "x" * 100):
        (found,) = infer(changed(QUIET, typed=((typed, 1),)))
        assert found.sentence == f"Somebody typed {typed}, which is not this laptop."
        assert found.hint.startswith(f"The right address is {URL}.")


def test_many_look_alikes_are_told_of_without_flooding_the_screen() -> None:
    many = tuple(Other(f"n{k}", f"http://10.0.0.{k}") for k in range(200))
    assert codes(changed(QUIET, alike=many)) == ["look-alike"] * 5


def test_every_sentence_can_be_reached_and_asks_for_facts_that_exist() -> None:
    known = {"n", "url", "code", "port", "typed", "name", "where", "problem", "address"}
    for sentence, hint in SENTENCES.values():
        assert set(re.findall(r"\{(\w+)\}", sentence + hint)) <= known
    reached: set[str] = set()
    worst = changed(
        QUIET,
        moved=True,
        reachable=False,
        probing=1,
        tls=1,
        typed=(("x", 1),),
        wrong_codes=99,
        problem="x",
        alike=(Other("a", "b"), Other("a", "b", True)),
        page=0,
    )
    for facts in (
        worst,
        changed(QUIET, kind="vpn"),
        changed(QUIET, neighbours=0),
        changed(QUIET, neighbours=1),
        changed(QUIET, page=1, others=1),
        changed(FINE, live=0),
    ):
        reached |= {one.code for one in infer(facts)}
    assert reached == set(SENTENCES)
    assert set(KINDS) == {"vpn", "container", "link-local", "loopback"}
