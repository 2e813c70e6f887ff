"""What happens at the shared tablet: somebody is found by what they typed, and what they answer is submitted as theirs.

Rules are the desk's. Nobody is matched by a name: a badge, or the code that a walk-in was given, says who it is. Every
record says `via` kiosk, and no seat is bound, so the same person may join with a phone later.
"""

from __future__ import annotations

import asyncio
import secrets

from fieldkit.core import intents as wish
from fieldkit.core.clean import clean_badge, clean_name
from fieldkit.core.intents import Actor
from fieldkit.core.refusals import Refusal
from fieldkit.jobs import Answer, Refused
from fieldkit.lan import kiosk_page, wire
from fieldkit.lan.kiosk import SAVED_MS, Last, Turn
from fieldkit.lan.site import Site
from fieldkit.words import choose

SCOPE = "kiosk"
"""Of the intents' ids."""
STAYS = (wire.LanguageAsked, wire.UpAsked, wire.HandAsked, wire.ObjectAsked)
"""What is done in passing: the turn goes on."""
NO_FORM = (wire.JoinAsked, wire.TempoAsked, wire.RenameAsked)
"""What the kiosk's page has no form for."""

Fields = dict[str, list[str]]


def first(fields: Fields, name: str) -> str:
    return (fields.get(name) or [""])[0]


def badge_in(fields: Fields) -> str:
    """What was scanned now, else the badge of the form that was refused, which stands in a second field."""
    return next((one for one in fields.get("badge", []) if one.strip()), "")


# ---- who is it ---------------------------------------------------------------------------------------------------


async def come(site: Site, fields: Fields, page_lang: str, ev: tuple[str, ...]) -> None:
    """Badge, a walk-in's code, or a name → a turn. Raises FieldkitError when nothing can be saved.

    A scanned badge cannot be told from a typed one here, so it is no evidence of its own.
    """
    k, s = site.kiosk, site.desk.session
    if not k.comes.take("", asyncio.get_running_loop().time()):
        tell(site, wire.sentence("kiosk-busy"))
        return
    badge, name = clean_badge(badge_in(fields)[:400]), clean_name(first(fields, "name")[:400])
    typed = {"badge": badge, "name": name}
    chosen = first(fields, "lang")
    page_lang = chosen if chosen in site.langs else page_lang
    who = s.shown(badge)
    lang = page_lang if chosen in site.langs or who is None or not who.lang else choose(who.lang, site.langs)
    came = who is None or not who.present
    form = first(fields, "form")
    id = wire.form_id(form, fields) if 1 <= len(form) <= 64 else secrets.token_urlsafe(16)
    wanted = wish.Arrive(
        new_p=site.desk.new_p(),
        name=name,
        badge=badge or None,
        lang=lang,
        ev=ev,
        other=first(fields, "new") == "1",
    )
    answer = await arrive(site, wanted, id)
    if isinstance(answer, Refused):
        # Whoever stands here can say who they are; what they typed stays in its field.
        tell(site, answer.refusal.words, typed | ({"twin": "1"} if answer.refusal.reason == "same-name" else {}))
        return
    p = answer.p or (who.p if who is not None else "")
    person = site.desk.session.people.get(p)
    if person is not None and person.lang != lang:
        await site.desk.submit(wish.SetLanguage(lang=lang), Actor(by="kiosk", via="kiosk", p=p))
    await k.begin(p, lang, came=came)


async def arrive(site: Site, wanted: wish.Arrive, id: str) -> Answer:
    """Through the lobby like everybody else. The same form again is the same arrival, whatever the lobby says."""
    k, knocker = site.kiosk, f"kiosk {wanted.badge or ''} {wanted.name}".casefold()
    if id != k.let_in and not site.lobby.takes(wanted.new_p, wanted.badge or "", knocker):
        return Refused(Refusal("lobby"))
    k.let_in = id
    came = False
    try:
        answer = await site.desk.submit(wanted, Actor(by="kiosk", via="kiosk"), id=id, scope=SCOPE)
        came = not isinstance(answer, Refused)
    finally:
        if not came:
            k.let_in = ""
        site.lobby.done(wanted.new_p, knocker, came)
    return answer


# ---- what they do ------------------------------------------------------------------------------------------------


async def act(site: Site, fields: Fields) -> None:
    """One intent of whose turn it is. Raises FieldkitError when nothing can be saved."""
    k, token = site.kiosk, first(fields, "form")
    try:
        asked = wire.read_form(fields)
    except wire.BadShape:
        tell(site, wire.sentence("bad-shape"))
        return
    turn, p = k.read(token)
    if turn is None:
        if not k.is_done(token, asked.id):
            if p and isinstance(asked, wire.AnswerAsked) and k.turn is None and is_named(site, asked):
                k.keep(p, asked)
            tell(site, wire.sentence("turn-over"))
        return
    if isinstance(asked, NO_FORM) or (isinstance(asked, wire.LanguageAsked) and asked.lang not in site.langs):
        tell(site, wire.sentence("bad-shape"))
        return
    if not site.pace.take(turn.p, asyncio.get_running_loop().time()):
        tell(site, wire.sentence("kiosk-busy"))
        return
    intent = wire.to_intent(asked, new_p="", device="", ev=())
    assert intent is not None
    answer = await site.desk.submit(intent, Actor(by="kiosk", via="kiosk", p=turn.p), id=asked.id, scope=SCOPE)
    if isinstance(answer, Refused):
        turn.said = answer.refusal.words
        k.renew(turn)
        return
    await after(site, turn, asked, token)


async def after(site: Site, turn: Turn, asked: wire.Body, token: str) -> None:
    """Saved: more to do, or the next person."""
    k, until = site.kiosk, site.desk.now() + SAVED_MS
    if isinstance(asked, wire.LanguageAsked):
        turn.lang = asked.lang
    if isinstance(asked, wire.AnswerAsked):
        turn.done = turn.done | {f"{asked.activity}/{asked.round}/{asked.q}"}
    view = site.view(turn.p, turn.lang)
    if isinstance(asked, wire.LeaveAsked):
        code = view.bye.code if view.bye is not None else ""
        await k.end(token, asked.id, Last(until + SAVED_MS, turn.lang, view.me.name if view.me else "", code))
    elif isinstance(asked, STAYS) or kiosk_page.asks(view, turn.done):
        turn.said, turn.saved = "saved", True
        k.renew(turn)
    else:
        await k.end(token, asked.id, Last(until, turn.lang))


def is_named(site: Site, asked: wire.AnswerAsked) -> bool:
    """Of an anonymous answer nothing is kept, not even for a minute; and a confidential one would stand on the screen
    of whoever types that badge next."""
    one = site.desk.session.round(asked.activity)
    return one is not None and one.mode == "named"


def tell(site: Site, sentence: str, typed: dict[str, str] | None = None) -> None:
    """A sentence for the next screen, and what stood in the form."""
    k = site.kiosk
    turn = k.now()
    if turn is not None and typed is None:
        turn.said = sentence
    else:
        k.said, k.typed = sentence, typed or {}
