"""YAML as packs use it: plain data, nothing that points, tags or surprises, and never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.packs.yaml_safe import DEPTH, LIMIT, BadYaml, load


def reason(text: str | bytes) -> str:
    with pytest.raises(BadYaml) as caught:
        load(text if isinstance(text, bytes) else text.encode())
    return caught.value.reason


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("off", "off"), ("y", "y"), ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"), ("1_000", "1_000"), ("0b1", "0b1"), ("+3", 3), ("-3", -3), ("012", 12),
        ("0x1F", 31), ("0o17", 15), ("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0), ("true", True), ("False", False),
        ("null", None), ("~", None), ("", None), ("'no'", "no"), ('"5"', "5"), ("=", "="), ("1.2.3", "1.2.3"),
        ('"\\ud83d\\ude00"', "\U0001f600"), ('"e\\u0301"', "\u00e9"),
    ],
)  # fmt: skip
def test_only_the_core_schema_of_yaml_1_2_counts(written: str, means: object) -> None:
    value = load(f"a: {written}\n".encode()).value["a"]
    assert value == means and type(value) is type(means)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x 1\nb: *x", "anchor"), ("a: *x", "alias"), ("&a {b: 1}", "anchor"), ("<<: {a: 1}", "alias"),
        ("a: !!str 1", "tag"), ("!!python/object/apply:os.system ['true']", "tag"), ("a: !x {b: 1}", "tag"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "tag"), ("%YAML 1.1\n---\na: 1", "version"), ("a: 1\na: 2", "duplicate"),
        ("{a: 1, 'a': 2}", "duplicate"), ("? [a]\n: 1", "key"), ("a: 1\n---\nb: 2", "documents"), ("", "empty"),
        ("# only a comment\n", "empty"), ("a: [1, 2", "not-yaml"), ("a: 'x", "not-yaml"), ("\ta: 1", "not-yaml"),
        ("a: @x", "not-yaml"), ("%", "not-yaml"), ("a: 99999999999999999999", "int-range"), ("a: .inf", "number"),
        ("a: .nan", "number"), ("a: 1e999", "number"), ("a: \x00", "control"), ("a: \x1b[2J", "control"),
        ("[" * 500, "depth"), ("- " * 500, "depth"), ("k" * 300 + ": 1", "key"), ("!!", "tag"),
        ('a: "\\ud800"', "surrogate"), ('"\\udc00\\ud800": 1', "surrogate"),
    ],
)  # fmt: skip
def test_what_a_pack_does_not_need_is_refused_with_a_reason(text: str, why: str) -> None:
    assert reason(text) == why


def test_a_billion_laughs_end_at_the_first_anchor() -> None:
    lines = ["a: &a [lol, lol]"] + [f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert reason("\n".join(lines)) == "anchor"


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(BadYaml) as caught:
        load(b"a: 1\nb: \xff\xfe")
    assert (caught.value.reason, caught.value.line) == ("not-utf-8", 2)


def test_a_byte_order_mark_is_taken() -> None:
    assert load("\ufeffa: 1".encode()).value == {"a": 1}


def test_a_file_above_256_kilobytes_is_refused_before_it_is_parsed() -> None:
    assert reason(b"a: " + b"x" * LIMIT) == "too-long"
    assert load(b"a: " + b"x" * (LIMIT - 3)).value


def test_a_list_of_many_values_is_cut_off() -> None:
    assert reason("[" + "1," * 21_000 + "1]") == "too-many"


def test_places_know_their_line() -> None:
    doc = load(b"a: 1\nb:\n  - c: 2\n    d: 3\n")
    assert [doc.line(p) for p in (("a",), ("b", 0, "d"), ("b", 0, "nothing", 7), ())] == [1, 4, 3, 1]


def test_as_deep_as_a_pack_needs_is_fine() -> None:
    assert load(("[" * DEPTH + "]" * DEPTH).encode()).value is not None


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda s: s.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        load(raw)
    except BadYaml as e:
        assert e.reason and e.detail


@given(st.text(alphabet="{}[]:-?!&*|>'\"%@`#,ab1 \n\t~<=.", max_size=80))
def test_any_signs_of_yaml_are_read_or_refused(text: str) -> None:
    try:
        load(text.encode())
    except BadYaml as e:
        assert e.reason and e.detail
