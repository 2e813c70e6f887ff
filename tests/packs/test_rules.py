"""What fields say to each other, what a colleague would say, and which words fit a phone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.packs.kit import errors, pack, png, problems, warnings


def changed(activity: str, **fields: Any) -> dict[str, Any]:
    made = pack()
    made["activities"][activity] |= fields
    return made


def only(**activity: Any) -> dict[str, Any]:
    """A pack whose `which` is this activity."""
    made = pack()
    made["activities"]["which"] = {"text": "Which?", "ref": "o1", **activity}
    return made


AB = {"a": "This", "b": "That"}


@pytest.mark.parametrize(
    ("made", "place", "sentence"),
    [
        (pack(duration=9), "duration", "The segments take 8 minutes, not 9."),
        (pack(completion={"require": ["nope"]}), "completion.require[0]", "no activity `nope`"),
        (pack(reinforcement=[{"id": "r", "after_days": 1, "activity": "x"}]), "reinforcement[0].activity", "no activ"),
        (pack(audience={"size": [9, 4]}), "audience.size", "above"),
        (pack(objectives=[{"id": "o1", "text": "x"}] * 2), "objectives[1].id", "used 2 times"),
        (changed("which", answer=None), "activities.which.answer", "no value"),
        (changed("which", answer=[]), "activities.which", "graded and has no answer"),
        (changed("which", answer=["z"]), "activities.which.answer", "no option `z`"),
        (changed("which", answer=["a", "b"]), "activities.which.answer", "Several are right"),
        (changed("which", answer=["b", "b"]), "activities.which.answer", "twice"),
        (changed("which", mode="confidential"), "activities.which.mode", "graded has to be named"),
        (changed("which", ref="o2"), "activities.which.ref", "no objective"),
        (changed("which", options={"b": "One"}), "activities.which.options", "There are 1 options"),
        (changed("which", options={x: x for x in "abcdefg"}), "activities.which.options", "A to F"),
        (changed("which", options={"B-1": "x", "b": "y"}), "activities.which.options.B-1", "cannot be used"),
        (changed("which", pair={"pre": "say"}), "activities.which.pair.pre", "another type"),
        (changed("which", pair={"pre": "which"}), "activities.which.pair.pre", "its own pre"),
        (changed("say", mode="anonymous", upvote=True), "activities.say.upvote", "do not go together"),
        (changed("ack", mode="anonymous"), "activities.ack.mode", "cannot be anonymous"),
        (only(type="breakout", group_size=2, mode="anonymous"), "activities.which.mode", "cannot be anonymous"),
        (only(type="checklist", items={"a": {"text": "x"}}, mode="anonymous"), "activities.which.mode", "cannot be"),
        (only(type="poll", options=AB, mode="anonymous", sure=True), "activities.which.sure", "do not go together"),
        (only(type="poll", options=AB, mode="anonymous", pair={"pre": "say"}), "activities.which.pair", "not go"),
        (changed("which", mode="anonymous"), "activities.which.mode", "graded has to be named"),
        (changed("say", mode="anonymous") | {"completion": {"require": ["say"]}}, "completion.require[0]", "anonymous"),
        (only(type="breakout"), "activities.which", "how many groups"),
        (only(type="breakout", assign="self"), "activities.which", "how many groups"),
        (only(type="breakout", group_size=2, groups=3), "activities.which.groups", "not by both"),
        (only(type="truefalse", graded=True), "activities.which", "no answer"),
        (only(type="truefalse", answer="true"), "activities.which.answer", "text, not true or false"),
        (only(type="number", answer={}), "activities.which.answer", "`exact`"),
        (only(type="number", answer={"exact": 1, "min": 0}), "activities.which.answer", "`exact`"),
        (only(type="number", answer={"min": 2, "max": 1}), "activities.which.answer", "above"),
        (only(type="number", answer={"min": 2, "tolerance": 1}), "activities.which.answer.tolerance", "belongs"),
        (only(type="short", graded=True), "activities.which", "no answer"),
        (only(type="order", options=AB, answer=["a"]), "activities.which.answer", "each option once"),
        (only(type="match", left=AB, right=AB, answer={"a": "b"}), "activities.which.answer", "Not each"),
        (only(type="quiz", graded=True, questions=[{"id": "q", "type": "truefalse", "text": "?"}]),
         "activities.which.questions[0]", "no answer"),
        (only(type="quiz", questions=[{"id": "q", "type": "truefalse", "text": "?"}] * 2),
         "activities.which.questions", "used 2 times"),
        (only(type="checklist", items={}), "activities.which.items", "empty"),
        (only(type="checklist", items={f"i{n}": {"text": "x"} for n in range(41)}), "activities.which.items", "41"),
        (only(type="short", graded=True, spellings=[" "]), "activities.which.spellings[0]", "empty"),
        (only(type="short", spellings=["abcdef"], max_chars=5), "activities.which.spellings[0]", "5 characters"),
        (only(type="short", spellings=["x"] * 61), "activities.which.spellings", "61 entries"),
        (only(type="number", answer={"exact": 0.1234567890123456}), "activities.which.answer.exact", "15 digits"),
        (only(type="order", options=AB, answer=["a", "b", "b"]), "activities.which.answer", "each option once"),
        (only(type="match", left=AB, right=AB, answer={"a": "b", "b": "z"}), "activities.which.answer", "Not each"),
        (only(type="wordcloud", max_words=11), "activities.which.max_words", "out of range"),
        (only(type="quiz", questions=[]), "activities.which.questions", "empty"),
        (only(type="quiz", questions=[{"id": "q", "type": "choice", "text": "?", "options": AB, "answer": ["c"]}]),
         "activities.which.questions[0].answer", "no option `c`"),
        (only(type="quiz", questions=[{"id": "q", "type": "number", "text": "?"}]),
         "activities.which.questions[0].type", "not a type"),
        (only(type="checklist", items={"a": {"text": "x"}}, **{"pass": {"items_min": 2}}),
         "activities.which.pass.items_min", "There are 1 items"),
        (only(type="hotspot", image="media/no.png", alt="x", targets={}, fallback={"options": AB}),
         "activities.which.image", "no file"),
    ],
)  # fmt: skip
def test_a_pack_that_contradicts_itself_is_refused(made: dict[str, Any], place: str, sentence: str) -> None:
    assert [s for p, s in errors(made) if p == place and sentence in s], errors(made)


@pytest.mark.parametrize(
    ("step", "place", "sentence"),
    [
        ({"at": 0, "do": "open"}, "", "needs an activity"),
        ({"at": 0, "do": "open", "activity": "wich"}, ".activity", "no activity `wich`"),
        ({"at": 0, "do": "open", "activity": "attendance"}, ".activity", "step of its own"),
        ({"at": 0, "do": "breakout", "activity": "say"}, ".activity", "not a breakout"),
        ({"at": 0, "do": "say", "text": "x", "activity": "say"}, ".activity", "takes no activity"),
        ({"at": 0, "do": "show", "slide": 3}, ".slide", "0 slides"),
        ({"at": -1, "do": "pause"}, ".at", "out of range"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_taken_is_refused(step: dict[str, Any], place: str, sentence: str) -> None:
    made = pack()
    made["segments"][0]["steps"].append(step)
    assert [s for p, s in errors(made) if p == f"segments[0].steps[1]{place}" and sentence in s], errors(made)


def test_reserved_ids_are_refused() -> None:
    for id in ("attendance", "spot-1"):
        made = pack()
        made["activities"][id] = {"type": "text", "text": "?"}
        assert (f"activities.{id}", f"The id `{id}` is reserved.") in errors(made)


def test_a_misspelt_reference_names_the_nearest() -> None:
    made = pack()
    made["segments"][1]["steps"][0]["activity"] = "wich"
    assert [p.instead for p in problems(made) if p.place.endswith("activity")] == ["which"]


@pytest.mark.parametrize(
    ("made", "place", "sentence"),
    [
        (pack(objectives=[{"id": "o1", "text": "x"}, {"id": "o2", "text": "y"}]), "objectives[1]", "asks about `o2`"),
        (only(type="poll", options=AB, sure=True), "activities.which.sure", "nothing is right"),
        (only(type="short", reading=5), "activities.which.reading", "no options"),
        (only(type="quiz", questions=[{"id": "q", "type": "truefalse", "text": "?"}]),
         "activities.which.questions[0]", "has a right answer"),
        (only(type="breakout", group_size=2, minutes=9), "activities.which.minutes", "only 2 more"),
        (only(type="checklist", items={"a": {"text": "x"}}, per="group"), "activities.which.per", "nothing makes"),
        (changed("which", text="x" * 201), "activities.which.text", "long for a phone"),
        (changed("which", options={"a": "x" * 81, "b": "y"}), "activities.which.options.a", "long for a phone"),
        (changed("which", answer=[], graded=False), "activities.which", "A choice has a right answer."),
        (pack(completion={"score_min": 80}) | {"activities": changed("which", graded=False)["activities"]},
         "completion.score_min", "graded"),
    ],
)  # fmt: skip
def test_the_design_is_judged_with_warnings_only(made: dict[str, Any], place: str, sentence: str) -> None:
    assert not errors(made)
    assert [s for p, s in warnings(made) if p == place and sentence in s], warnings(made)


def test_a_missing_phase_and_an_activity_nobody_opens_are_warned_of() -> None:
    made = pack(duration=6)
    del made["segments"][2]
    found = warnings(made)
    assert ("activities.say", "No step opens `say`.") in found
    assert any(p == "segments" and "application" in s for p, s in found)


def test_an_anonymous_activity_for_fewer_than_five_is_warned_of() -> None:
    made = changed("say", mode="anonymous") | {"audience": {"size": [4, 12]}}
    assert any("below 5" in s for _, s in warnings(made))
    made["audience"]["size"] = [5, 12]
    assert not any("below 5" in s for _, s in warnings(made))


def test_a_checklist_that_cannot_fit_its_minutes_is_warned_of() -> None:
    made = only(type="checklist", items={x: {"text": x} for x in "abcd"}) | {"audience": {"size": [1, 8]}}
    assert any("8 people × 4 items take about 8 minutes" in s for _, s in warnings(made))
    made["audience"]["size"] = [1, 2]
    assert not any("people ×" in s for _, s in warnings(made))


def test_steps_out_of_order_or_beyond_their_segment_are_warned_of() -> None:
    made = pack()
    made["segments"][0]["steps"] = [{"at": 3, "do": "attendance"}, {"at": 1, "do": "say"}]
    said = [s for _, s in warnings(made)]
    assert "The segment has 2 minutes; this step is at 3." in said
    assert "This step is earlier than the one before it." in said and "`say` has no text." in said


def test_a_time_limit_shorter_than_reading_is_warned_of() -> None:
    made = pack()
    made["segments"][1]["steps"][0]["time_limit"] = 10
    assert any("10 seconds are short" in s for _, s in warnings(made))


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x85", "\u2028", "\x9b", "\ue000"])
def test_signs_that_paint_or_hide_are_refused_everywhere(sign: str) -> None:
    bad = f"a{sign}b"
    spots = [
        pack(title=bad), pack(authors=[{"name": bad}]), pack(codes={"lms": {"m": bad}}),
        changed("which", options={"a": bad, "b": "y"}),
    ]  # fmt: skip
    for made in spots:
        assert any("cannot be seen" in s for _, s in errors(made))
    for name in ("i18n/es.yaml", "slides/x.md"):
        raw = f"language: es\nstrings: {{title: {json.dumps(bad)}}}" if name.endswith("yaml") else f"# {bad}"
        found = [p for p in problems(pack(), {name: raw.encode()}) if "cannot be seen" in p.sentence]
        assert [p.file for p in found] == [name], sign


# ---- files -----------------------------------------------------------------------------------------------------


def test_svg_is_refused_however_it_is_called() -> None:
    for name in ("media/a.svg", "media/a.SVG", "slides/a.svg", "media/a.png"):
        assert any("no SVG in a pack" in s for _, s in errors(pack(), {name: b"<svg xmlns='x'/>"})), name


@pytest.mark.parametrize(
    ("name", "raw", "sentence"),
    [
        ("media/a.png", b"GIF89a", "not a PNG"), ("media/a.gif", b"GIF89a", "PNG, JPEG or WebP"),
        ("media/a.webp", b"RIFFxxxxAVI ", "not a WEBP"), ("media/a.exe", b"MZ", "PNG, JPEG or WebP"),
        ("media/a", png(), "PNG, JPEG or WebP"), ("media/a.jpg", png(), "not a JPEG"),
        ("media/a.png", png() + b"\0" * (1024 * 1024), "larger than 1 MB"),
    ],
)  # fmt: skip
def test_only_pictures_that_phones_show_are_taken(name: str, raw: bytes, sentence: str) -> None:
    assert any(sentence in s for _, s in errors(pack(media={"budget_kb": 9000}), {name: raw}))


def test_the_media_budget_is_kept() -> None:
    extra = {"media/a.png": png(more=2048)}
    assert errors(pack(media={"budget_kb": 2}), extra) == [("media.budget_kb", "The media are 3 KB, above 2.")]
    assert not errors(pack(media={"budget_kb": 3}), extra)


def test_slides_are_found_counted_and_measured() -> None:
    made = pack()
    made["segments"][0] |= {"slides": ["slides/a.md"], "steps": [{"at": 0, "do": "show", "slide": 2}]}
    assert any("no file `slides/a.md`" in s for _, s in errors(made))
    assert not errors(made, {"slides/a.md": b"# One\n\n---\n\n# Two"})
    assert any("1 slides" in s for _, s in errors(made, {"slides/a.md": b"# One"}))
    long = b"# One\n\n---\n\n" + b"word " * 50
    assert any("50 words" in s for _, s in warnings(made, {"slides/a.md": long}))
    assert any("No segment shows" in s for _, s in warnings(pack(), {"slides/a.md": b"# One"}))
    assert any("not UTF-8" in s for _, s in errors(made, {"slides/a.md": b"\xff"}))


# ---- languages -------------------------------------------------------------------------------------------------


def es(strings: str, more: str = "") -> dict[str, bytes]:
    return {"i18n/es.yaml": f"language: es\nof: {{id: small, version: 1.0.0}}\nstrings: {strings}\n{more}".encode()}


def test_a_language_says_what_it_lacks_what_is_stale_and_what_is_unknown() -> None:
    found = problems(pack(), es("{title: Chico, titel: x}", "hashes: {title: '000000000000', titel: '000000000000'}"))
    said = {p.place: p for p in found}
    assert "10 of 11 texts are missing" in said["strings"].sentence
    assert "has changed" in said["title"].sentence and said["titel"].instead == "title"
    assert all(p.level == "warning" for p in found)


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"language: fr\nstrings: {}", "language"), (b"strings: {}", ""), (b"language: es\nstrings: []", "strings"),
        (b"language: es\nof: {id: other, version: 1.0.0}", "of.id"), (b"", ""), (b"\xff", ""),
        (b"language: es\nstrings: {title: 5}", "strings.title"), (b"language: es\nx: 1", "x"),
        (b"language: es\nstrings: {title: *a}", "strings.title"),
    ],
)  # fmt: skip
def test_a_translation_that_is_wrong_is_refused_by_its_place(raw: bytes, place: str) -> None:
    found = [p for p in problems(pack(), {"i18n/es.yaml": raw}) if p.level == "error"]
    assert [(p.file, p.place) for p in found] == [("i18n/es.yaml", place)]


def test_the_own_language_needs_no_file() -> None:
    found = [p.sentence for p in problems(pack(), {"i18n/en.yaml": b"language: en"}) if p.level == "error"]
    assert found == ["This is the pack's own language."]


def test_a_site_may_not_change_a_locked_segment() -> None:
    made = pack()
    made["segments"][1]["locked"] = True

    def overlay(key: str) -> dict[str, bytes]:
        return {"overlay/l4.yaml": f"site: l4\nstrings: {{en: {{{key}: x}}}}".encode()}

    assert not errors(made, overlay("title")) and not errors(made, overlay("activities.say.text"))
    for key in ("segments.content.title", "activities.which.text", "activities.which.options.a"):
        assert errors(made, overlay(key)) == [(key, "This segment is locked: no site may change it.")]
    assert errors(made, overlay("nothing")) == [("nothing", "The pack has no such text.")]
