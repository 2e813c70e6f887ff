"""A session in every language of the program, with words that break things, for the judges of xAPI statements."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.core.logbook import HOSTILE, Logbook, plan
from tests.kit.plans import ALL

LANGS = ["en", "es", "ar", "de", "fr", "hi", "pl", "pt", "tr", "vi", "zh"]
WORDS = [
    *("Right is b \x00", "¿Cuál? [,] [.] [:]", "أي واحد؟ \u202e", "Welche „da“?", "L’une & <l’autre>", "कौन सा?"),
    *("Która = ?", "Qual é? '; DROP TABLE", "Hangisi? İıŞş", "Cái nào? \ufeff", "哪一个？😀"),
]


def in_every_language() -> Logbook:
    """Everybody answers everything that can be answered in one word, and says something."""
    log = Logbook(_spoken(msgspec.structs.replace(plan(), activities=[*plan().activities, *ALL.activities[-11:]])))
    for p, name, badge in zip("abcdefg", HOSTILE, ("E 1", "=E2", "é3", "E/4", "E?5#", "E%6", "ا7"), strict=True):
        log.join(p, name, badge, issuer="Açme [/] GmbH" if p == "b" else "")
    log.enter("check")
    for id, v in (("poll", "c"), ("q1", "b"), ("n1", "4"), ("n2", "-0.5")):
        log.at(log.m / 60_000 + 1).open(id)
        for p in "abcdefg":
            log.answer(p, id, v)
        log.close(id)
    log.open("w1")
    for p, text in zip("abcdefg", WORDS, strict=False):
        log.answer(p, "w1", text=text)
    log.close("w1")
    for p, text in zip("abcdefg", reversed(WORDS), strict=False):
        log.say(p, text)
    log.at(30).end()
    return log


def _spoken(found: Any) -> Any:
    """The same with every list of words as long as there are languages."""
    raw = msgspec.to_builtins(found) | {"langs": LANGS}

    def spoken(one: Any, key: str = "") -> Any:
        if isinstance(one, dict):
            return {name: spoken(value, name) for name, value in one.items()}
        if isinstance(one, list) and key in ("text", "title", "alt") and one:
            return [f"{word} {one[0]}" for word in WORDS]
        return [spoken(value) for value in one] if isinstance(one, list) else one

    return msgspec.convert(spoken(raw), type(found))
