"""What a trainer says in words about people, groups and checklists becomes the wish that is meant, or one sentence."""

from __future__ import annotations

import pytest

from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.rules import FACILITATORS
from fieldkit.errors import WrongUsage
from fieldkit.verbs import LISTED, wish_of


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("merge A1 B2", w.Merge(who="A1", into="B2")),
        ("rename A1 Zoë Á", w.RenamePerson(who="A1", name="Zoë Á")),
        ("hand-down", w.LowerHand()),
        ("hand-down A1", w.LowerHand(who="A1")),
        ("done 12", w.DoneSay(ref=12)),
        ("undone 12", w.DoneSay(ref=12, off=True)),
        ("park 12", w.ParkSay(ref=12)),
        ("unpark 12", w.ParkSay(ref=12, off=True)),
        ("extend 60", w.Extend(seconds=60)),
        ("extend q1 60", w.Extend(activity="q1", seconds=60)),
        ("extend off", w.Extend()),
        ("extend q1 off", w.Extend(activity="q1")),
        ("groups pairs", w.MakeGroups(activity="pairs")),
        ("groups pairs size=3", w.MakeGroups(activity="pairs", size=3)),
        (
            "groups pairs places=Press,Dock number=4 labels=A,B",
            w.MakeGroups(activity="pairs", number=4, places=("Press", "Dock"), labels=("A", "B")),
        ),
        ("group pairs A1 2", w.MoveToGroup(activity="pairs", who="A1", no=2)),
        ("rotate pairs", w.RotateGroups(activity="pairs")),
        ("check A1 skill lock", w.MarkItem(who="A1", activity="skill", item="lock")),
        ("check A1 skill all", w.MarkItem(who="A1", activity="skill", item="all")),
        ("check A1 skill lock no", w.MarkItem(who="A1", activity="skill", item="lock", ok=False)),
        (
            "check A1 skill lock no too slow",
            w.MarkItem(who="A1", activity="skill", item="lock", ok=False, note="too slow"),
        ),
        ("check A1 skill lock not bad", w.MarkItem(who="A1", activity="skill", item="lock", note="not bad")),
        ("paper A1 q1 b", w.ProxyAnswer(who="A1", activity="q1", v=("b",), via="paper")),
        ("hands q1 a=1 b=2", w.CountHands(activity="q1", counts={"a": 1, "b": 2})),
        ("hands q1 a=١٢ b=३", w.CountHands(activity="q1", counts={"a": 12, "b": 3})),
        (f"say {'x' * 501}", w.Announce(text="x" * 501)),
        (f"note {'x' * 501}", w.AddNote(text="x" * 501)),
        ("staff interpreter Li Wei", w.SetStaff(role="interpreter", name="Li Wei")),
        ("unstaff interpreter Li Wei", w.SetStaff(role="interpreter", name="Li Wei", off=True)),
    ],
)
def test_a_verb_is_the_wish_that_it_says(line: str, wish: Intent) -> None:
    """And the rules know every such wish."""
    verb, *words = line.split()
    assert wish_of(verb, words) == wish
    assert type(wish) in FACILITATORS
    assert verb in LISTED


@pytest.mark.parametrize(
    "line",
    [
        *("merge A1", "merge A1 B2 C3", "rename A1", "done", "done x", "done -1", "park ²", "groups", "rotate"),
        *("groups pairs 3", "groups pairs size=", "groups pairs size=x", "groups pairs size=0", "groups pairs size=-1"),
        *(
            "groups pairs size=99999",
            "groups pairs size=２",
            "groups pairs places=",
            "group pairs A1",
            "group pairs A1 x",
        ),
        *("extend", "extend q1", "extend q1 60 s", "extend -30", "extend 0", "extend 1e3", "extend ٣٠", "extend 10000"),
        *("extend 60 --live", "extend OFF", "extend q1 60 off"),
        *("hands q1 a=1 a=2", "hands q1 a=1 b=2 a=1", "hands q1 a"),
        *("check A1 skill", "paper A1 q1", "unstaff interpreter", "hand-down A B", "merge A B --live"),
    ],
)
def test_a_shape_that_cannot_be_meant_is_said_before_anything_is_sent(line: str) -> None:
    """Wrong usage, in one sentence without the whole of what was typed."""
    verb, *words = line.split()
    with pytest.raises(WrongUsage) as no:
        wish_of(verb, words)
    assert len(no.value.sentence) < 200


def test_what_is_typed_is_cleaned_once() -> None:
    """Escape codes and bidi overrides end at the door."""
    made = wish_of("check", ["A1", "skill", "lock", "\x1b[2Jslow\u202e"])
    assert isinstance(made, w.MarkItem)
    assert made.note == "[2Jslow"
    groups = wish_of("groups", ["pairs", "places=\x1b]0;x\x07Press,\u202eDock"])
    assert isinstance(groups, w.MakeGroups)
    assert groups.places == ("]0;xPress", "Dock")
