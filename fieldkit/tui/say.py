"""The terminal's words: every sentence on the screen goes through `_`, so that it can be translated.

Message ids are the English sentences. The language is one for the whole terminal and is set once, before the first
screen. What comes out is still text: it enters a widget through `safe.plain` like everything else.
"""

from __future__ import annotations


class _Identity:
    def say(self, msgid: str, **params: object) -> str:
        return msgid.format(**params) if params else msgid


_words = _Identity()


def use(lang: str) -> None:
    """Speak `lang` from now on."""


def _(msgid: str, **params: object) -> str:
    """The sentence in the trainer's language, with `{named}` places filled in."""
    return _words.say(msgid, **params)
