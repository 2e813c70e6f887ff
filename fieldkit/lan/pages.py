"""Views → HTML: the phone's page, its live fragment, the door, the projector page. One template a thing.

The fragment is rendered once a language for all phones (`phone_live`) and, for a page without script, with what is
personal in it. Style and script are inline and pinned by hash in the CSP; both are read and squeezed once.
Everything a person wrote is escaped by the templates (autoescape is on; no template marks foreign text as safe).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup, escape

from fieldkit.core.views import LETTERS, SHAPES, OpenSeat, OptionView, ResultSeat, SayView, SeatView, WallView
from fieldkit.lan.heat import overlay
from fieldkit.words import Words, native_name, words_for

_FOLDER = resources.files("fieldkit.lan") / "page"


def letter(k: int) -> str:
    """`A ●` … `F ⬢`, then letters alone; numbers beyond Z."""
    if k < len(LETTERS):
        return f"{LETTERS[k]} {SHAPES[k]}"
    return chr(65 + k) if k < 26 else str(k + 1)


def clock(ms: int) -> str:
    """`0:38`."""
    seconds = -(-max(0, ms) // 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def signs(one: OpenSeat | ResultSeat, ids: Sequence[str]) -> str:
    """`B ■` of the options with these ids; a scale shows its own numbers."""
    found = []
    for k, x in enumerate(one.options):
        if x.id in ids:
            found.append(x.text if one.type == "scale" else letter(k))
    return ", ".join(found)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def squeeze_css(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"\s*\n\s*", "", text).strip()


_QUOTED = re.compile(r"('(?:[^'\\]|\\.)*')")
_LOOSE = re.compile(r"\s*([=<>!&|?:;,(){}\[\]])\s*")


def squeeze_js(text: str) -> str:
    """Comment lines, indentation and blanks beside punctuation out, strings untouched. Our scripts keep to what makes
    this safe: comments on lines of their own, single quotes, a semicolon after every statement, no blank in a regular
    expression; `+` and `-` keep their blanks."""
    lines = (line.strip() for line in text.split("\n"))
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    return "".join(piece if k % 2 else _LOOSE.sub(r"\1", piece) for k, piece in enumerate(_QUOTED.split(code)))


def squeeze_html(text: str) -> str:
    """Line ends of the template out. Foreign text has none: it was cleaned on the way in."""
    return re.sub(r"\s*\n\s*", "", text)


class _Loader(jinja2.BaseLoader):
    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        return squeeze_html(_read(template)), template, lambda: True


_env = jinja2.Environment(loader=_Loader(), autoescape=True, auto_reload=False, undefined=jinja2.StrictUndefined)


class Asset(msgspec.Struct, frozen=True):
    """An inline style or script and its CSP source."""

    text: Markup
    source: str


@lru_cache(maxsize=8)
def asset(name: str) -> Asset:
    text = squeeze_css(_read(name)) if name.endswith(".css") else squeeze_js(_read(name))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Asset(Markup(text), f"'sha256-{digest}'")


def csp(style: str, script: str | None) -> str:
    """The Content-Security-Policy of a page with this style and this script (none: no script at all)."""
    parts = ["default-src 'none'"]
    if script:
        parts.append(f"script-src {asset(script).source}")
    parts += [
        f"style-src {asset(style).source}",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return "; ".join(parts)


@lru_cache(maxsize=256)
def _head(lang: str, title: str, style: str, refresh: int) -> str:
    head = Markup(f'<noscript><meta http-equiv="refresh" content="{refresh}"></noscript>') if refresh else ""
    return _env.get_template("page.html").render(w=words_for(lang), title=title, css=asset(style).text, head=head)


# ---- what the templates share ----------------------------------------------------------------------------------


def _bars(words: Words) -> Any:
    def bars(one: OpenSeat | ResultSeat | WallView, counts: dict[str, int], correct: Sequence[str], n: int) -> Markup:
        most = max([1, *counts.values()])
        rows = []
        for k, x in enumerate(one.options):
            count = counts.get(x.id, 0)
            sign = x.text if one.type == "scale" else letter(k)
            text = "" if one.type == "scale" else escape(option(one, x))
            right = escape(f" ✓ {words.say('right')}") if x.id in correct else ""
            rows.append(
                Markup(
                    '<li class="o{}" data-o="{}"><span><span><i>{}</i> {}</span><b>{}{}</b></span>'
                    '<progress max="{}" value="{}" aria-hidden="true"></progress></li>'
                ).format(k, x.id, sign, text, count, right, most, count)
            )
        return Markup('<ul class="bars">') + Markup("").join(rows) + Markup("</ul>")

    def option(one: OpenSeat | ResultSeat | WallView, x: OptionView) -> str:
        # The compiler writes True and False in the pack's languages; anybody else reads the catalogue's.
        return words.say(x.text) if one.type == "truefalse" and x.text in ("True", "False") else x.text

    bars.option = option  # type: ignore[attr-defined]
    return bars


def _common(words: Words) -> dict[str, Any]:
    bars = _bars(words)

    def sayh(msgid: str, **params: Markup) -> Markup:
        """`say` whose parameters are markup of ours."""
        return Markup(escape(words.say(msgid))).format_map(params)

    return {
        "w": words,
        "say": words.say,
        "here": lambda v: here(words, v),
        "sayh": sayh,
        "letter": letter,
        "signs": signs,
        "clock": clock,
        "native": native_name,
        "bars": bars,
        "heat": overlay,
        "option": bars.option,
    }


@lru_cache(maxsize=64)
def _words(lang: str) -> tuple[Words, dict[str, Any]]:
    words = words_for(lang)
    return words, _common(words)


def _trainer(words: Words, name: str) -> str:
    return name or words.say("the trainer")


# ---- phones ------------------------------------------------------------------------------------------------------


def phone_live(view: SeatView, form: str = "", slots: dict[str, str] | None = None) -> str:
    """The live fragment. Without `form` and `slots` it is the shared one; `form` is the id for forms without script.

    `slots` fills what is personal (name, in, out, minutes, code); the shared one leaves it to the script.
    """
    words, common = _words(view.lang)

    def slot(name: str) -> Markup:
        return Markup('<b data-f="{}">{}</b>').format(name, (slots or {}).get(name, ""))

    left = next((o.left_ms for o in view.open if o.left_ms is not None), None) if view.state == "activity" else None
    says = shown_says(view)
    votable = {o.activity for o in view.open if o.upvote}
    html = _env.get_template("live.html").render(
        common,
        v=view,
        trainer=_trainer(words, view.trainer),
        form=form,
        slot=slot,
        left=left,
        votable=votable,
        says=says,
    )
    return html.replace("\x00", "{}")


MOST_SAYS = 8


def here(words: Words, v: SeatView | WallView) -> str:
    """Who is here of those expected, the others counted apart: numbers with their whole."""
    if not v.expected:
        return words.count("{n} is here.", "{n} are here.", v.present)
    if v.more:
        return words.say("{n} of {of} expected are here, and {more} more.", n=v.present, of=v.expected, more=v.more)
    return words.say("{n} of {of} expected are here.", n=v.present, of=v.expected)


def shown_says(view: SeatView) -> list[SayView]:
    """Messages under the page: of the discussion that is open, and what the trainer pinned. One thing to do a screen:
    an old discussion does not follow people into the next question."""
    if view.state == "bye":
        return []
    running = {o.activity for o in view.open}
    if view.state == "wait":
        return view.says[:MOST_SAYS]
    return [x for x in view.says if x.pinned or x.activity in running][:MOST_SAYS]


_LEFT = re.compile(r' data-left="\d+">[\d:]*')


def without_time(html: str) -> str:
    """The fragment without its countdowns, to see whether anything else changed."""
    return _LEFT.sub("", html)


TYPING = frozenset({"text", "prompt", "acknowledge"})


def refresh_s(view: SeatView) -> int:
    """Seconds after which a page without script asks again; 0 where somebody may be typing, or nothing will change."""
    if view.state == "bye" or any(o.type in TYPING or o.multiple for o in view.open):
        return 0
    return 5


_STRINGS = {
    "kept": "◷ {kept on this phone}",
    "saved": "✓ {saved}",
    "late": "✕ {too late, not counted}",
    "no": "Not taken.",
    "off": "Not connected to the trainer's laptop. Your answers are kept on this phone.",
    "taken": "This page is open in another window. Come back here to go on.",
}


@lru_cache(maxsize=64)
def strings(lang: str) -> str:
    """The script's few words, as JSON."""
    words = words_for(lang)
    marked = {k: re.sub(r"\{(.+)\}", lambda m: words.say(m[1]), words.say(v)) for k, v in _STRINGS.items()}
    return msgspec.json.encode(marked).decode()


def phone_page(
    view: SeatView, me: str, live: str, *, sid: str, form: str, said: str, langs: Sequence[str], tag: str
) -> tuple[str, str]:
    """The seat's page in two pieces: the head with style (the same for everybody, cacheable) and the body."""
    words, common = _words(view.lang)
    head = _head(view.lang, view.title, "phone.css", refresh_s(view))
    body = _env.get_template("seat.html").render(
        common,
        v=view,
        trainer=_trainer(words, view.trainer),
        me=me,
        live=Markup(live),
        sid=sid,
        tag=tag,
        form=form,
        said=said,
        langs=langs,
        strings=strings(view.lang),
        js=asset("phone.js").text,
        hidden=_hidden(form),
    )
    return head, body


def _hidden(form: str) -> Any:
    def hidden(kind: str) -> Markup:
        return Markup(
            '<input type="hidden" name="kind" value="{}"><input type="hidden" name="form" value="{}">'
        ).format(kind, form)

    return hidden


def join_page(
    view: SeatView,
    *,
    form: str,
    langs: Sequence[str],
    code: str = "",
    said: str = "",
    fresh: bool = False,
    name: str = "",
    badge: str = "",
) -> tuple[str, str]:
    """The door: one form, no script. What was typed before comes back after a refusal."""
    _, common = _words(view.lang)
    head = _head(view.lang, view.title, "phone.css", 0)
    body = _env.get_template("join.html").render(
        common,
        v=view,
        lang=view.lang,
        langs=langs,
        form=form,
        code=code,
        said=said,
        fresh=fresh,
        name=name,
        badge=badge,
    )
    return head, body


def notice_page(lang: str, title: str, sentence: str) -> tuple[str, str]:
    """A page with one sentence (a wrong address, a guard)."""
    words = words_for(lang)
    body = Markup("<body><main><h1>{}</h1><p><a href='/'>{}</a></p></main></body></html>").format(
        words.say(sentence), title
    )
    return _head(lang, title, "phone.css", 0), str(body)


# ---- the wall ----------------------------------------------------------------------------------------------------


def wall_live(view: WallView, *, url: str, code: str, fresh: str, qr: str) -> str:
    """The projector's fragment; `qr` is our own SVG."""
    words, common = _words(view.lang)
    return _env.get_template("wall.html").render(
        common,
        v=view,
        trainer=_trainer(words, view.trainer),
        url=url,
        code=code,
        fresh=fresh,
        qr=Markup(qr),
    )


def wall_page(view: WallView, live: str) -> tuple[str, str]:
    _, common = _words(view.lang)
    head = _head(view.lang, view.title, "wall.css", 5)
    body = _env.get_template("wallpage.html").render(common, v=view, live=Markup(live), js=asset("wall.js").text)
    return head, body
