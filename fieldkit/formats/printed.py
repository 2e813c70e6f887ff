"""Pages for a printer: one self-contained HTML file, A4 or Letter, black on white, nothing fetched from anywhere.

Templates lie beside this file; autoescape is on and no template marks foreign text as safe, so a name is a name on
paper too.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from fieldkit.core.spelled import sign
from fieldkit.words import Words, native_name, words_for

_FOLDER = resources.files("fieldkit.formats")


class _Loader(jinja2.BaseLoader):
    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        return (_FOLDER / template).read_text("utf-8"), template, lambda: True


_env = jinja2.Environment(
    loader=_Loader(), autoescape=True, auto_reload=False, undefined=jinja2.StrictUndefined, trim_blocks=True
)


def render(template: str, langs: list[str], size: str, **more: Any) -> bytes:
    """The page as UTF-8. `langs`: one or two; templates get their `Words` as `words` and both sentences by `say`."""
    words = [words_for(lang) for lang in langs]

    def say(msgid: str, **params: object) -> Markup:
        """A sentence in each language, the first one first."""
        return both([w.say(msgid, **params) for w in words], words)

    return (
        _env.get_template(template)
        .render(
            words=words,
            w=words[0],
            say=say,
            both=lambda texts: both(texts, words),
            letter=sign,
            native=native_name,
            size=size,
            **more,
        )
        .encode()
    )


def both(texts: list[str], words: list[Words]) -> Markup:
    """One text a language, the same text once."""
    found = []
    for k, text in enumerate(texts):
        if text and text not in texts[:k]:
            found.append(Markup('<span lang="{}" dir="{}">{}</span>').format(words[k].lang, words[k].dir, text))
    return Markup(" · ").join(found)
