"""The terminal's words: every sentence on the screen goes through `_`, so that it can be translated.

Message ids are the English sentences. The language is one for the whole terminal and is set once, before the first
screen. What comes out is still text: it enters a widget through `safe.plain` like everything else.

`fieldkit.words.collect` finds the sentences where they stand as literals: in `_`, in `count` and in a table of keys.
"""

from __future__ import annotations

from fieldkit.errors import FieldkitError
from fieldkit.tui import prefs
from fieldkit.words import SOURCE, TRAINER, Words, words_for
from fieldkit.words.languages import primary

_words: Words = words_for("en")


def use(lang: str) -> None:
    """Speak `lang` from now on; English where the terminal has no words for it: half a language helps nobody."""
    global _words
    _words = words_for(lang if primary(lang) in TRAINER else SOURCE)


def count(one: str, many: str, n: int, **params: object) -> str:
    """Like `_`, in the number's grammatical form; `{n}` is the number."""
    return prefs.hinted(_words.count(one, many, n, **params))


def _(msgid: str, **params: object) -> str:
    """The sentence in the trainer's language, with `{named}` places filled in."""
    return prefs.hinted(_words.say(msgid)).format_map(params) if params else prefs.hinted(_words.say(msgid))


def size_of(n: int) -> str:
    """Bytes for people, never rounded down to nothing."""
    if n < 1_000_000:
        return _("{n} kB", n=max(1, n // 1000))
    if n < 1_000_000_000:
        return _("{n} MB", n=tenths(n / 1_000_000) if n < 10_000_000 else n // 1_000_000)
    return _("{n} GB", n=tenths(n / 1_000_000_000))


def tenths(x: float) -> str:
    """With one decimal, behind a comma where the language writes one."""
    return f"{x:.1f}" if _words.lang == SOURCE else f"{x:.1f}".replace(".", ",")


def told(text: str) -> str:
    """What was said in English where it was raised or noticed: an error, a warning, a line of the roster."""
    return _words.told(text)


def error_words(wrong: FieldkitError) -> str:
    """What is wrong, then what to do."""
    return " ".join(told(x) for x in (wrong.sentence, wrong.hint) if x)


def language() -> str:
    """The language that is spoken, as `en` or `es`."""
    return _words.lang
