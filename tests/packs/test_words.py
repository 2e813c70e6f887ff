"""Markdown, slides, translations: what a person reads arrives whole, and brings nothing else along."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.packs.i18n import translation_file
from fieldkit.packs.load import load_pack
from fieldkit.packs.markdown import to_html, to_plain
from fieldkit.packs.slides import split_slides
from fieldkit.packs.yaml_safe import load
from tests.packs.kit import files, pack, problems

ALLOWED = re.compile(
    r"</?(?:p|h[1-6]|ul|ol|li|em|strong|code|pre|blockquote|table|thead|tbody|tr|th|td)>"
    r"|<ol start=\"\d+\">|<(?:br|hr) />"
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](http://e.example)", "<p>x (http://e.example)</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("<http://e.example>", "<p>http://e.example</p>"),
        ("![a <b>](media/a.png)", "<p>a &lt;b&gt;</p>"),
        ("```js onload=x\na<b\n```", "<pre><code>a&lt;b\n</code></pre>"),
        ("**a** *b* `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("<img src=x onerror=y>", "<p>&lt;img src=x onerror=y&gt;</p>"),
        ("a &amp; b & c", "<p>a &amp; b &amp; c</p>"),
    ],
)  # fmt: skip
def test_markdown_becomes_plain_elements_only(text: str, html: str) -> None:
    assert to_html(text) == html


@given(st.text(alphabet="<>&\"'[]()!*_`#-|\\\n :/abjs=.1", max_size=60))
def test_no_text_makes_an_element_or_an_attribute_of_its_own(text: str) -> None:
    left = ALLOWED.sub("", to_html(text))
    assert "<" not in left and ">" not in left
    assert isinstance(to_plain(text), str)


def test_plain_text_keeps_lists_lines_and_tables() -> None:
    text = "# T\n\n- a **b**\n  - c\n- d\n\n1. x\n2. [y](http://e.example)\n\nend  \nof it\n"
    text += "\n| a | b |\n|---|---|\n| 1 | 2 |"
    assert to_plain(text) == "T\n\n- a b\n  - c\n- d\n\n1. x\n2. y (http://e.example)\n\nend\nof it\n\na | b\n1 | 2"


def test_slides_are_split_as_marp_and_slidev_do() -> None:
    text = "---\ntheme: x\n---\n# A\n<!-- quiet -->\n\nNote: more\nlines\n\n---\n\n# B\n\n```\n---\n```\n\n----\n\n# C"
    found = [(s.text, s.notes) for s in split_slides(text)]
    assert found == [("# A", "quiet\n\nmore\nlines"), ("# B\n\n```\n---\n```", ""), ("# C", "")]


@pytest.mark.parametrize(
    ("text", "slides"),
    [
        ("", [("", "")]), ("---\n# A", [("# A", "")]), ("# A\r\n---\r\n# B", [("# A", ""), ("# B", "")]),
        ("# A\n<!-- open", [("# A", "open")]), ("---\n---\n---\n", [("", "")]), ("Note: only", [("", "only")]),
    ],
)  # fmt: skip
def test_odd_slide_files_are_read_too(text: str, slides: list[tuple[str, str]]) -> None:
    assert [(s.text, s.notes) for s in split_slides(text)] == slides


@given(st.text(alphabet="-\n #<!>`~Note: ab", max_size=80))
def test_any_slide_file_has_at_least_one_slide(text: str) -> None:
    assert split_slides(text)


def test_a_translation_file_is_read_back_and_stays_as_it_is() -> None:
    made = pack(title="Yes: {a} # b")
    made["segments"][0]["notes"] = "one\n\n- two: three\n\n  four\n"
    loaded = load_pack(files(made))
    assert loaded.pack is not None
    fresh = translation_file(loaded, loaded.pack, "es")
    strings = load(fresh.encode()).value["strings"]
    assert set(strings.values()) == {""} and "# en: Yes: {a} # b" in fresh
    words = [
        "no",
        "12:30",
        "sí: esto",
        " con espacio",
        "una\n\n- dos\n",
        "#",
        "-",
        "'",
        '"',
        "\\",
        "a\tb",
        "😀",
        "null",
        "5",
    ]
    said = dict(zip(strings, words, strict=False))
    raw = "language: es\nstrings:\n" + "".join(f"  {k}: {ascii_yaml(v)}\n" for k, v in said.items())
    loaded = load_pack(files(made, **{"i18n/es.yaml": raw}))
    assert loaded.pack is not None and loaded.translations["es"].strings == said
    filled = translation_file(loaded, loaded.pack, "es")
    back = load(filled.encode()).value
    assert {k: v.strip("\n") for k, v in back["strings"].items() if v} == {k: v.strip("\n") for k, v in said.items()}
    again = load_pack(files(made, **{"i18n/es.yaml": filled}))
    assert again.pack is not None and translation_file(again, again.pack, "es") == filled


def ascii_yaml(text: str) -> str:
    import json

    return json.dumps(text)


def test_a_changed_source_is_shown_to_the_translator_and_told_by_check() -> None:
    loaded = load_pack(files(pack(), **{"i18n/es.yaml": "language: es\nstrings: {title: Chico, old.key: viejo}"}))
    assert loaded.pack is not None
    filled = translation_file(loaded, loaded.pack, "es").encode()
    assert not [p for p in problems(pack(), {"i18n/es.yaml": filled}) if "changed" in p.sentence]
    newer = pack(title="Smaller")
    assert [p.place for p in problems(newer, {"i18n/es.yaml": filled}) if "changed" in p.sentence] == ["title"]
    loaded = load_pack(files(newer, **{"i18n/es.yaml": filled}))
    assert loaded.pack is not None
    shown = translation_file(loaded, loaded.pack, "es")
    assert "# changed, was translated from another text: Smaller" in shown and "old.key" in shown
