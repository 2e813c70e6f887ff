"""Views → HTML: the phone's page, its live fragment, the door, the projector page. One template a thing.

The fragment is rendered once a language for all phones (`phone_live`) and, for a page without script, with what is
personal in it. What is personal stands in slots, which the script fills from the same sentences (`slots_of`).
Everything a person wrote is escaped by the templates (docs/wire.md, The page).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

import msgspec
from markupsafe import Markup, escape

from fieldkit.core.views import SayView, SeatView, WallView
from fieldkit.lan.assets import BARS, PARTS, REST, TAP, asset, csp, env, head_of, parts_tag
from fieldkit.lan.layouts import layout
from fieldkit.lan.marks import here, trainer_of, words_and_helpers
from fieldkit.words import words_for

__all__ = ["csp", "here", "join_page", "notice_page", "phone_live", "phone_page", "wall_live", "wall_page"]

MOST_SAYS = 8
MOST_ASKS = 12


# ---- phones ------------------------------------------------------------------------------------------------------


def phone_live(view: SeatView, form: str = "", slots: Mapping[str, str] | None = None, acting: str = "") -> str:
    """The live fragment. Without `form` and `slots` it is the shared one; `form` is the id for forms without script,
    `acting` who acts on a phone that several share.

    `slots` fills what is personal; in the shared one the script does.
    """
    words, common = words_and_helpers(view.lang)
    filled = slots or {}

    def slot(name: str, default: str = "", tag: str = "div") -> Markup:
        return Markup('<{} data-f="{}">{}</{}>').format(
            Markup(tag), name, Markup(filled.get(name, default)), Markup(tag)
        )

    sheets = sheets_for(view)
    lefts = [o.left_ms for o in view.open if o.left_ms is not None]
    return env.get_template("live.html").render(
        common,
        v=view,
        trainer=trainer_of(words, view.trainer),
        form=form,
        acting=acting,
        slot=slot,
        left=lefts[0] if lefts and view.state == "activity" else None,
        votable={o.activity for o in view.open if o.upvote},
        says=shown_says(view),
        asks=view.asks[:MOST_ASKS] if view.state != "bye" else [],
        far=bool(sheets) or any(layout(o.type).lists for o in view.open),
        part_of=lambda type_: layout(type_).part,
        sheets=[(name, asset(name).text) for name in sheets] if form else [],
    )


def slots_of(view: SeatView, zone: tzinfo) -> dict[str, str]:
    """What is personal, as HTML by the name of its slot: my name, my group, how my answer did, my goodbye."""
    words, common = words_and_helpers(view.lang)
    found: dict[str, str] = {"name": str(escape(view.me.name)) if view.me else ""}

    def put(name: str, what: str, **more: Any) -> None:
        found[name] = env.get_template("mine.html").render(
            common, what=what, v=view, trainer=trainer_of(words, view.trainer), **more
        )

    put("walk", "walk")
    for one in view.open:
        if one.type in ("breakout", "checklist"):
            put(f"g/{one.activity}/{one.round}", one.type, o=one)
        if one.type == "breakout":
            put(f"w/{one.activity}/{one.round}", "writes", o=one)
    for result in view.results[:1]:
        key = f"r/{result.activity}/{result.round}"
        put(key, "result", r=result)
        for question in result.questions:
            if question.mine:
                put(f"{key}/{question.id}", "question", r=question)
    if view.state == "bye" and view.bye is not None:
        bye = view.bye
        out = _hour(bye.out_t, zone) if bye.out_t is not None else ""
        put("bye", "bye", b=bye, came=_hour(bye.in_t, zone), out=out)
    return found


def _hour(t: int, zone: tzinfo) -> str:
    """`17:42`, in Latin digits everywhere."""
    return datetime.fromtimestamp(t / 1000, zone).strftime("%H:%M")


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


def refresh_s(view: SeatView) -> int:
    """Seconds after which a page without script asks again; 0 where somebody may be typing, or nothing will change."""
    busy = any((layout(o.type).typed or o.multiple or o.sure) and o.reading_ms is None for o in view.open)
    return 0 if view.state == "bye" or busy else 5


def sheets_for(view: SeatView) -> list[str]:
    """The style sheets that this page needs at once, also without script."""
    at = view.open if view.state == "activity" else view.results[:1]
    needs = [layout(x.type) for x in at]
    drawn = view.state in ("activity", "result") and any(x.tap == "page" for x in needs)
    result = ({x.result for x in needs} or {BARS}) if view.state == "result" else set()
    bars = BARS in result or any(o.counts is not None for o in view.open)
    rest = view.state == "bye" or view.says or view.asks or REST in result
    return [*([BARS] if bars else []), *([REST] if rest else []), *([TAP] if drawn else [])]


def policy(types: Iterable[str]) -> str:
    """The Content-Security-Policy of the phone's page in a session with activities of these types."""
    needs = [layout(type_) for type_ in types]
    parts = [name for name in PARTS if name == "far" or any(x.part == name for x in needs)]
    return csp("phone.css", "phone.js", parts, [BARS, REST, *([TAP] if any(x.tap for x in needs) else [])])


_STRINGS = {
    "kept": "◷ {kept on this phone}",
    "saved": "✓ {saved}",
    "late": "✕ {too late, not counted}",
    "no": "Not taken.",
    "off": "Not connected to the trainer's laptop. Your answers are kept on this phone.",
    "aloud": "Read aloud",
}


@lru_cache(maxsize=64)
def strings(lang: str) -> str:
    """The script's few words, as JSON."""
    words = words_for(lang)
    marked = {k: re.sub(r"\{(.+)\}", lambda m: words.say(m[1]), words.say(v)) for k, v in _STRINGS.items()}
    return msgspec.json.encode(marked).decode()


def phone_page(
    view: SeatView,
    me: str,
    live: str,
    *,
    sid: str,
    form: str,
    said: str,
    langs: Sequence[str],
    tag: str,
    people: Sequence[tuple[str, str]] = (),
    acting: str = "",
    code: str = "",
    more: bool = False,
    fresh: bool = False,
    tempo: str = "",
) -> tuple[str, str]:
    """The seat's page in two pieces: the head with style (the same for everybody, cacheable) and the body.

    `people` are (p, name) of all who share this phone, `acting` the one whose page this is when there are several;
    `code` and `fresh` are for the form that adds one more person; `more`: with what is asked for more rarely.
    """
    words, common = words_and_helpers(view.lang)
    again = 0 if more else refresh_s(view)
    head = head_of(view.lang, view.title, "phone.css", again, f"/?as={acting}" if acting else "", "phone.js")
    body = env.get_template("seat.html").render(
        common,
        v=view,
        trainer=trainer_of(words, view.trainer),
        me=me,
        live=Markup(live),
        sid=sid,
        tag=tag,
        said=said,
        langs=langs,
        strings=strings(view.lang),
        rest_css=asset(REST).text if more else "",
        parts_tag=parts_tag(),
        hidden=_hidden(form, acting),
        people=people,
        acting=acting,
        code=code,
        fresh=fresh,
        tempo=tempo,
        more=more,
    )
    return head, body


def more_fragment(
    view: SeatView,
    *,
    form: str,
    langs: Sequence[str],
    acting: str = "",
    code: str = "",
    fresh: bool = False,
    tempo: str = "",
) -> str:
    """What is asked for more rarely, for a page that is open already."""
    words, common = words_and_helpers(view.lang)
    return env.get_template("more.html").render(
        common,
        v=view,
        trainer=trainer_of(words, view.trainer),
        hidden=_hidden(form, acting),
        langs=langs,
        code=code,
        fresh=fresh,
        tempo=tempo,
    )


def _hidden(form: str, acting: str) -> Callable[[str], Markup]:
    def hidden(kind: str) -> Markup:
        fields = [("kind", kind), ("form", form), *([("as", acting)] if acting and kind != "join" else [])]
        made = [Markup('<input type="hidden" name="{}" value="{}">').format(*one) for one in fields]
        return Markup("").join(made)

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
    off: Collection[str] = (),
) -> tuple[str, str]:
    """The door: one form, no script. What was typed before comes back after a refusal. Nobody is asked for what the
    session's policy does not record (`off`)."""
    _, common = words_and_helpers(view.lang)
    head = head_of(view.lang, view.title, "phone.css", 0)
    body = env.get_template("join.html").render(
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
        off=off,
    )
    return head, body


def notice_page(lang: str, title: str, sentence: str, href: str = "/") -> tuple[str, str]:
    """A page with one sentence (a wrong address, a guard); `href` is where its link leads."""
    words = words_for(lang)
    body = Markup('<body><main><h1 class="notice">{}</h1><a class="go" href="{}">{}</a></main></body></html>').format(
        words.say(sentence), href, title
    )
    return head_of(lang, title, "phone.css", 0), str(body)


# ---- the wall ----------------------------------------------------------------------------------------------------


def wall_live(view: WallView, *, url: str, code: str, fresh: str, qr: str) -> str:
    """The projector's fragment; `qr` is our own SVG."""
    words, common = words_and_helpers(view.lang)
    return env.get_template("wall.html").render(
        common,
        v=view,
        trainer=trainer_of(words, view.trainer),
        url=url,
        code=code,
        fresh=fresh,
        qr=Markup(qr),
    )


def wall_page(view: WallView, live: str) -> tuple[str, str]:
    _, common = words_and_helpers(view.lang)
    head = head_of(view.lang, view.title, "wall.css", 5)
    body = env.get_template("wallpage.html").render(common, v=view, live=Markup(live), js=asset("wall.js").text)
    return head, body
