"""Translations: `words_for(lang).say(msgid, **params)`.

English sentences are the message ids; every other language is one catalogue `<lang>.po` beside this file and its
compiled `<lang>.mo`, which is what is read (and what rides in the wheel: nothing is built at install time).
Parameters are put in after translation, so foreign text can never be taken for a placeholder.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from importlib import resources
from io import BytesIO

from fieldkit.words.languages import NAMES, RTL, primary
from fieldkit.words.told import Pattern, patterns, tell

SOURCE = "en"
TRAINER = ("en", "es", "fr", "de", "pt")
"""Languages of the trainer's terminal. Every catalogue speaks the room's: phone, kiosk, wall and each "no"."""


class Words:
    """The words of one language. `lang` is the catalogue in use, `dir` its direction of writing."""

    def __init__(self, lang: str, catalogue: gettext.NullTranslations, mo: bytes = b"") -> None:
        """`mo`: what `catalogue` was read from."""
        self.lang = lang
        self.dir = "rtl" if primary(lang) in RTL else "ltr"
        self._catalogue = catalogue
        self._mo = mo
        self._patterns: list[Pattern] | None = None

    def say(self, msgid: str, **params: object) -> str:
        """The sentence in this language, English where the catalogue has none; `{name}` is filled from `params`."""
        found = self._catalogue.gettext(msgid) if msgid else ""
        return found.format_map(params) if params else found

    def count(self, one: str, many: str, n: int, **params: object) -> str:
        """Like `say`, in the number's grammatical form; `{n}` is the number."""
        return self._catalogue.ngettext(one, many, n).format_map({"n": n, **params})

    def told(self, text: str) -> str:
        """What an error or a warning says in English, in this language with the same values; a text that is none of
        ours as it is."""
        if self._patterns is None:
            self._patterns = patterns(self._mo) if self._mo else []
        return tell(text, self._patterns, self.say) or text


@lru_cache(maxsize=1)
def catalogues() -> tuple[str, ...]:
    """Languages the surfaces speak, English first."""
    found = sorted(f.name[:-3] for f in resources.files(__name__).iterdir() if f.name.endswith(".mo"))
    return (SOURCE, *found)


@lru_cache(maxsize=64)
def words_for(lang: str) -> Words:
    """Words of `lang` (`es-MX` falls back to `es`), English when there is no catalogue. Never raises."""
    for name in (lang, primary(lang)):
        if name == SOURCE:
            break
        if name in catalogues():
            mo = (resources.files(__name__) / f"{name}.mo").read_bytes()
            return Words(name, gettext.GNUTranslations(BytesIO(mo)), mo)
    return Words(SOURCE, gettext.NullTranslations())


def native_name(lang: str) -> str:
    """What speakers call their language, in their own script; the code itself for one we do not know."""
    return NAMES.get(lang) or NAMES.get(primary(lang)) or lang


def direction(lang: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if primary(lang) in RTL else "ltr"


def choose(accept: str, offered: tuple[str, ...] | list[str]) -> str:
    """The best of `offered` (its first is the fallback) for an Accept-Language header; hostile headers fall back."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:200].split(",")[:12]):
        tag, _, q = part.strip().partition(";")
        try:
            weight = float(q.strip()[2:]) if q.strip().startswith("q=") else 1.0
        except ValueError:
            continue
        wanted.append((-weight, place, tag.strip().lower()))
    for _, _, tag in sorted(wanted):
        for lang in offered:
            if tag == lang.lower():
                return lang
        for lang in offered:
            if tag and primary(tag) == primary(lang.lower()):
                return lang
    return offered[0] if offered else SOURCE


__all__ = ["SOURCE", "TRAINER", "Words", "catalogues", "choose", "direction", "native_name", "words_for"]
