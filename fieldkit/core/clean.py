"""Foreign text on its way in: the one place where names, badges and free words are cleaned (law 7
of docs/architecture.md).

What comes in here may have been typed on a phone, read from a badge or sent by a roster. What leaves is NFC, has no
control, private, unassigned or surrogate code point, no line or paragraph separator and no bidi embedding, override
or isolate (they could make a name swallow the rest of a line on the wall); ZWJ and ZWNJ stay, since Persian and many
Indian names need them. Markup, formulas and quotes stay too: each surface escapes on the way out, and cleaning twice
would turn one person into two. All functions are idempotent and never raise.
"""

from __future__ import annotations

import unicodedata

NAME_MAX = 80
"""Characters (code points) of a name."""
TEXT_MAX = 500
"""Characters of a free text."""
BADGE_MAX = 120
"""Characters of a badge on a roster. One that somebody gives and no roster knows has at most BADGE_GIVEN: the rules
refuse what is longer, so that a badge is never cut into another one."""
BADGE_GIVEN = 40

_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def clean_name(raw: str) -> str:
    """A person's name: one line, single spaces, at most 80 characters; empty when nothing in it can be seen."""
    return _clean(raw, NAME_MAX)


def clean_text(raw: str, limit: int = TEXT_MAX) -> str:
    """Free words: like a name, at most `limit` characters. Line breaks become a space: the record is one line."""
    return _clean(raw, limit)


def clean_badge(raw: str) -> str:
    """A badge number: trimmed, upper-cased, inner spaces single, digits of any script as 0 to 9, at most 120
    characters (some hold a web address).

    Invisible format characters go as well, ZWJ included: a badge is compared, and a byte-order mark from a scanner or
    a spreadsheet would keep somebody from being found on the roster.
    """
    seen = raw if raw.isascii() else "".join(c for c in raw if unicodedata.category(c) != "Cf")
    return _clean(western(_clean(seen, BADGE_MAX)).upper(), BADGE_MAX)


def plain_cell(text: str) -> str:
    """What somebody else's log says, for a list made of many logs: without control signs but TAB and line feed, and
    without bidi signs. A log that this program wrote holds none of them; one that was made to harm may."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in "\t\n" or not (c in _BIDI or unicodedata.category(c) in ("Cc", "Zl", "Zp")))


def western(text: str) -> str:
    """Digits of any script as 0 to 9 (`K٧M٤`, `４１７`): a phone's keyboard decides which ones somebody can type."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)


def site_key(site: str) -> str:
    """A place as it is compared: spaces and capitals make no other place, nor does how an accent is typed."""
    return unicodedata.normalize("NFC", clean_text(site, 200)).casefold()


def _clean(raw: str, limit: int) -> str:
    if not (raw.isascii() and raw.isprintable()):
        kept: list[str] = []
        for c in raw:
            if c in _BREAKS:
                kept.append(" ")
            elif c not in _BIDI and unicodedata.category(c) not in _DROPPED:
                kept.append(c)
        # NFC after dropping: a dropped character may have stood between a letter and its accent.
        raw = unicodedata.normalize("NFC", "".join(kept))
    text = " ".join(raw.split())[:limit].rstrip()
    return text if text.isascii() or _visible(text) else ""  # printable ASCII without spaces can be seen


def _visible(text: str) -> bool:
    """False for text made of format characters and marks alone: a name nobody could see or call."""
    return any(unicodedata.category(c)[0] not in "CMZ" for c in text)
