"""Size and shape of an intent; nothing about rules."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import intents as wish
from fieldkit.core.refusals import REASONS
from fieldkit.lan import wire

ID = "abcdefghijklmnopqrstuv"


def read(**fields: object) -> wire.Body:
    return wire.read_json(msgspec.json.encode({"id": ID, **fields}))


def intent(**fields: object) -> wish.Intent | None:
    return wire.to_intent(read(**fields), new_p="newp1234", device="phone", ev=("lan",))


def test_every_kind_of_the_table_becomes_an_intent() -> None:
    assert intent(kind="join", code="K7M4", name=" Ann ", badge=" e7 ", lang="es") == wish.Join(
        name="Ann", new_p="newp1234", badge="E7", lang="es", device="phone", ev=("lan",)
    )
    assert intent(kind="here", fresh="417") == wish.Here(ev=("lan",))
    assert intent(kind="leave") == wish.Leave()
    assert intent(kind="answer", activity="q", round=1, v=["a", "c"], n=7) == wish.PutAnswer(
        activity="q", round=1, v=("a", "c"), n=7
    )
    assert intent(kind="answer", activity="q", round=1, text="x", sure="yes", q="q1") == wish.PutAnswer(
        activity="q", round=1, text="x", sure="yes", q="q1"
    )
    assert intent(kind="say", text="hi", activity="d") == wish.PutSay(text="hi", activity="d")
    assert intent(kind="up", ref=3) == wish.UpVote(ref=3)
    assert intent(kind="ack", activity="a", round=1, text="Ann", mark="M0 0L5 5") == wish.Sign(
        activity="a", round=1, text="Ann", mark="M0 0L5 5"
    )
    assert intent(kind="hand", up=True) == wish.RaiseHand(up=True)
    assert intent(kind="tempo", v="lost") is None
    assert intent(kind="language", lang="es") == wish.SetLanguage(lang="es")
    assert intent(kind="rename", name="Bo") == wish.Rename(name="Bo")
    assert intent(kind="object") == wish.Object()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"x"',
        b"[" * 100_000,
        b'{"id":' + b"[" * 50_000,
        b"\xff\xfe",
        b'{"id":"short","kind":"leave"}',
        b'{"kind":"leave"}',
        b'{"id":"abcdefghijklmnopqrstu=","kind":"leave"}',
        b'{"id":"abcdefghijklmnopqrstuv\\n","kind":"leave"}',
        b'{"id":"abcdefghijklmnopqrstuv"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"explode"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":["leave"]}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"here","fresh":null}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"leave","n":-2}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"leave","n":1.5}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"leave","n":9007199254740993}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"hand","up":"true"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"up","ref":"3"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"answer","activity":"q","round":1,"v":"a"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"answer","activity":"q","round":1,"v":[1]}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"answer","activity":{},"round":1}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"answer","activity":"q","round":1,"v":'
        + msgspec.json.encode(["a"] * 33)
        + b"}",
        b'{"id":"abcdefghijklmnopqrstuv","kind":"ack","activity":"a","round":1,"text":"x","mark":"<script>"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"tempo","v":"panic"}',
        b'{"id":"abcdefghijklmnopqrstuv","kind":"say","text":"\\ud800"}',
    ],
)
def test_another_shape_is_refused_with_one_exception(body: bytes) -> None:
    with pytest.raises(wire.BadShape):
        wire.read_json(body)


@given(st.binary(max_size=300) | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(msgspec.json.encode))
def test_no_body_at_all_raises_anything_else(body: bytes) -> None:
    try:
        wire.read_json(body)
    except wire.BadShape:
        pass


@given(
    st.dictionaries(
        st.sampled_from(["kind", "form", "v", "round", "text", "up", "ref", "name", "code"]),
        st.lists(st.text(), min_size=1, max_size=3),
    )
)
def test_no_form_raises_anything_else(fields: dict[str, list[str]]) -> None:
    try:
        wire.read_form(fields)
    except wire.BadShape:
        pass


def test_foreign_text_is_cleaned_as_it_comes_in_and_not_escaped() -> None:
    got = intent(kind="join", code="K7M4", name="Ann [/] <b>Lee\x1b[2J\u202e\x00", badge="")
    assert isinstance(got, wish.Join)
    assert got.name == "Ann [/] <b>Lee[2J"
    assert got.badge is None


def test_long_text_is_left_for_the_rules_to_refuse() -> None:
    got = intent(kind="say", text="x" * 700)
    assert isinstance(got, wish.PutSay) and len(got.text) == 700


def test_a_form_with_a_changed_choice_is_a_new_intent_and_the_same_tap_the_same_one() -> None:
    base = {"kind": ["answer"], "form": ["f1"], "activity": ["q"], "round": ["1"]}
    one, again = wire.read_form({**base, "v": ["a"]}), wire.read_form({**base, "v": ["a"]})
    other, later = wire.read_form({**base, "v": ["b"]}), wire.read_form({**base, "form": ["f2"], "v": ["a"]})
    assert one == again
    assert len({one.id, other.id, later.id}) == 3
    assert all(len(x.id) == 22 for x in (one, other, later))


def test_fields_of_a_form_cannot_be_glued_into_each_other() -> None:
    assert wire.form_id("f", {"a": ["b=c"]}) != wire.form_id("f", {"a": ["b"], "c": [""]})
    assert wire.form_id("f", {"v": ["a", "b"]}) != wire.form_id("f", {"v": ["a,b"]})


def test_the_door_and_the_rules_never_share_a_reason() -> None:
    assert not set(wire.DOOR_WORDS) & set(REASONS)
