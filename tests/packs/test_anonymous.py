"""What `pack check` says about anonymous activities: which fields and types do not go with them, and what does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.packs.kit import errors, pack, warnings


def with_one(**fields: Any) -> dict[str, Any]:
    made = pack()
    made["activities"]["more"] = {"text": "?", "mode": "anonymous", **fields}
    return made


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (with_one(type="poll", options={"a": "A", "b": "B"}, sure=True), "activities.more.sure"),
        (with_one(type="poll", options={"a": "A", "b": "B"}, pair={"pre": "say"}), "activities.more.pair"),
        (with_one(type="choice", options={"a": "A", "b": "B"}, answer="a", graded=True), "activities.more.mode"),
        (with_one(type="prompt", upvote=True), "activities.more.upvote"),
        (with_one(type="breakout", group_size=3), "activities.more.mode"),
        (with_one(type="checklist", items={"a": {"text": "A"}}), "activities.more.mode"),
        (with_one(type="acknowledge", sign="worker", meaning="participation"), "activities.more.mode"),
        (
            with_one(type="quiz", questions=[{"id": "q1", "type": "truefalse", "text": "?", "answer": True}]),
            "activities.more.mode",
        ),
    ],
)
def test_what_is_about_persons_is_not_asked_anonymously(made: dict[str, Any], place: str) -> None:
    """An error, at the field that has to go."""
    assert place in [where for where, _ in errors(made)]


def test_what_completion_requires_is_not_anonymous() -> None:
    made = with_one(type="text") | {"completion": {"require": ["more"]}}
    assert any("anonymous" in said for _, said in errors(made))


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "poll", "options": {"a": "A", "b": "B"}},
        {"type": "scale", "options": {"a": "A", "b": "B"}},
        {"type": "choice", "options": {"a": "A", "b": "B"}, "answer": "a"},
        {"type": "truefalse"},
        {"type": "number"},
        {"type": "short"},
        {"type": "wordcloud"},
        {"type": "prompt"},
        {"type": "text"},
    ],
)
def test_votes_and_words_may_be_anonymous(fields: dict[str, Any]) -> None:
    """Nothing is refused, and nothing said to wait for a later release."""
    made = with_one(**fields)
    assert errors(made) == []
    assert not [said for where, said in warnings(made) if "release" in said and where.startswith("activities.more")]
