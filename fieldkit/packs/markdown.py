"""The safe subset of Markdown that packs may use, as HTML for pages and as plain text for terminals.

Paragraphs, headings, emphasis, lists, quotes, code, tables. No HTML, no pictures, and links are shown as text: on a
network without internet a link leads nowhere, and on a phone it would take somebody out of the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def to_html(text: str) -> str:
    """HTML of a fixed set of elements without attributes (but `start` of a list); all else escaped. Never raises."""
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        start = token.attrGet("start")
        token.attrs = {"start": start} if isinstance(start, int) else {}
        token.info = ""
        if token.children:
            token.children = _without_links(token.children)
    return str(parser.renderer.render(tokens, parser.options, {})).strip()


def to_plain(text: str) -> str:
    """Lines for a terminal or a small screen: list marks and line breaks kept, emphasis dropped. Never raises.

    It still is foreign text: whoever shows it escapes it.
    """
    out: list[str] = []
    lists: list[int] = []  # the next number of each enclosing list; 0 for one with dots
    row: list[str] | None = None
    bullet = ""
    for token in _parser().parse(text):
        match token.type:
            case "bullet_list_open":
                lists.append(0)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                bullet = ""
                if not lists:
                    out.append("")
            case "list_item_open":
                bullet = "  " * (len(lists) - 1) + (f"{lists[-1]}. " if lists[-1] else "- ")
                lists[-1] += 1 if lists[-1] else 0
            case "tr_open":
                row = []
            case "tr_close":
                out.append(" | ".join(row or []))
                row = None
            case "table_close" | "hr":
                out.append("")
            case "inline":
                words = _plain(_without_links(token.children or []))
                if row is not None:
                    row.append(words)
                else:
                    out.append(bullet + words.replace("\n", "\n" + " " * len(bullet)))
                    bullet = " " * len(bullet)
            case "fence" | "code_block":
                out += [token.content.rstrip("\n"), ""]
            case "paragraph_close" | "heading_close" if not lists:
                out.append("")
    return "\n".join(out).strip("\n").replace("\n\n\n", "\n\n")


def _plain(children: Sequence[Token]) -> str:
    out = ""
    for token in children:
        if token.type in ("text", "code_inline"):
            out += token.content
        elif token.type in ("softbreak", "hardbreak"):
            out += "\n" if token.type == "hardbreak" else " "
    return out


def _without_links(children: list[Token]) -> list[Token]:
    """Links become their words, followed by the address where that is not the same; pictures become their words."""
    from markdown_it.token import Token

    out: list[Token] = []
    address, words = "", ""
    for token in children:
        if token.type == "link_open":
            address, words = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close":
            if address and address not in (words, f"mailto:{words}"):
                out.append(Token("text", "", 0, content=f" ({address})"))
            address = ""
        elif token.type == "image":
            out.append(Token("text", "", 0, content=token.content))
        else:
            words += token.content
            out.append(token)
    return out


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "langPrefix": ""})
    return parser.enable("table").disable(["html_block", "html_inline", "reference"])
