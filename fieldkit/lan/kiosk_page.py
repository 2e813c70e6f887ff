"""The kiosk's pages: the phone's live fragment for one person with forms that go to `/kiosk`, and what is around it.

A tablet is seen by whoever stands beside it, so an answer that was given is never shown again there: only that there
is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import tzinfo

import msgspec
from markupsafe import Markup

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.views import OpenSeat, ResultSeat, SeatView, WallView
from fieldkit.lan import pages, wire
from fieldkit.lan.assets import BARS, REST, TAP, asset, csp, env, head_of
from fieldkit.lan.marks import trainer_of, words_and_helpers

STYLE = "phone.css+kiosk.css"
SCRIPT = "kiosk.js"
POLICY = csp(STYLE, SCRIPT, sheets=[BARS, REST, TAP])

Page = tuple[str, str]


def asks(view: SeatView, done: AbstractSet[str]) -> list[OpenSeat]:
    """What this person is expected to answer still; `done` as in `Turn.done`."""
    return [o for o in view.open if kind_of(o.type).expected and not is_answered(o, done)]


def is_answered(o: OpenSeat, done: AbstractSet[str] = frozenset()) -> bool:
    key = f"{o.activity}/{o.round}/"
    if o.questions:
        return all(q.mine is not None or key + q.id in done for q in o.questions)
    return o.mine is not None or key in done


def discreet(view: SeatView, results: Sequence[ResultSeat], kept: wire.Body | None = None) -> SeatView:
    """The view without what this person has answered; of a quiz the questions that are left, else all again.

    `results`: as everybody's phone shows them, for what the pack says to an answer tells which one it was.
    `kept`: an answer that came when its turn was over, put back into its form.
    """
    return msgspec.structs.replace(view, open=[_without(o, kept) for o in view.open], results=list(results))


def _without(o: OpenSeat, kept: wire.Body | None) -> OpenSeat:
    if o.type == ATTENDANCE:  # that they are here is no secret, and once is enough
        return o
    left = [q for q in o.questions if q.mine is None] or o.questions
    bare = msgspec.structs.replace(
        o,
        mine=None,
        mine_text=None,
        mine_sure=None,
        words_mine=[],
        questions=[msgspec.structs.replace(q, mine=None, mine_sure=None) for q in left],
    )
    if isinstance(kept, wire.AnswerAsked) and not kept.q and (kept.activity, kept.round) == (o.activity, o.round):
        return msgspec.structs.replace(bare, mine=list(kept.v), mine_text=kept.text or None)
    return bare


def now_html(view: WallView) -> str:
    """What the room does now, for the badge screen."""
    words, common = words_and_helpers(view.lang)
    return env.get_template("kiosknow.html").render(common, v=view, trainer=trainer_of(words, view.trainer))


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on one screen beside the view."""

    state: str
    """badge, turn, saved or end."""
    form: str = ""
    """The page's form id; in a turn its token."""
    said: str = ""
    """A sentence in English, above everything; `good`: what was saved."""
    good: bool = False
    left: int = 0
    """ms until the page goes back to the badge screen by itself."""
    now: str = ""
    """badge: what the room does now, HTML of ours."""
    lang: str = ""
    """badge: the language that was chosen there."""
    badge: str = ""
    """badge: as typed in a form that was refused."""
    name: str = ""
    """badge: as typed before; saved: of who left."""
    twin: bool = False
    """badge: somebody of this name came in here already."""
    open: bool = False
    """badge: the field for the name stands open."""
    code: str = ""
    """turn: a walk-in's code; saved: the receipt's of who left."""
    off: Sequence[str] = ()
    """badge: words of what the session's policy does not record; nobody is asked for it."""
    kept: wire.Body | None = None


def kiosk_page(
    view: SeatView, screen: Screen, langs: Sequence[str], zone: tzinfo, results: Sequence[ResultSeat] = ()
) -> Page:
    """One screen in two pieces, head and body. `results` as in `discreet`."""
    words, common = words_and_helpers(view.lang)
    state, live, again = screen.state, "", False
    if state == "turn" and view.me is not None:
        shown = discreet(view, results, screen.kept)
        live = pages.phone_live(shown, screen.form, {**pages.slots_of(shown, zone), "walk": ""})
        again = any(is_answered(o) and o.type != ATTENDANCE for o in view.open)
    body = env.get_template("kiosk.html").render(
        common,
        v=view,
        trainer=trainer_of(words, view.trainer),
        langs=langs,
        again=again,
        js=asset(SCRIPT).text,
        **msgspec.structs.asdict(screen)
        | {"said": words.say(screen.said), "now": Markup(screen.now), "live": Markup(aimed(live))},
    )
    # Without script the page goes back by itself too; a turn's token is dead by then.
    refresh = -(-screen.left // 1000) + 1 if state in ("turn", "saved") else 10 if state == "end" else 0
    return head_of(view.lang, view.title, STYLE, _step(refresh)), body.replace("\x00", "{}")


def _step(seconds: int) -> int:
    """Heads are kept, so they come in few kinds."""
    return seconds if seconds <= 10 else -(-seconds // 30) * 30


def aimed(html: str) -> str:
    """The phone's forms, sent to the kiosk. Foreign text holds no quotes: it was escaped."""
    return html.replace('action="/v1/intents"', 'action="/kiosk"')
