"""What happens at the shared tablet: somebody is found by what they typed, and what they answer is submitted as theirs.

Rules are the desk's. Nobody is matched by a name: a badge, or the code that a walk-in was given, says who it is. Every
record says `via` kiosk, and no seat is bound, so the same person may join with a phone later.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable

from fieldkit.core import intents as wish
from fieldkit.core.clean import clean_badge, clean_name
from fieldkit.core.intents import Actor
from fieldkit.core.state import Person
from fieldkit.core.walkin import walkin_code
from fieldkit.jobs import Refused
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


# ---- who is it ---------------------------------------------------------------------------------------------------


async def come(site: Site, fields: Fields, page_lang: str, ev: tuple[str, ...]) -> None:
    """Badge, a walk-in's code, or a name → a turn. Raises FieldkitError when nothing can be saved.

    A scanned badge cannot be told from a typed one here, so it is no evidence of its own.
    """
    k, s = site.kiosk, site.desk.session
    if not k.comes.take("", asyncio.get_running_loop().time()):
        tell(site, wire.sentence("kiosk-busy"))
        return
    badge, name = clean_badge(first(fields, "badge")[:400]), clean_name(first(fields, "name")[:400])
    typed = {"badge": badge, "name": name}
    chosen = first(fields, "lang")
    page_lang = chosen if chosen in site.langs else page_lang
    who = find(s.person(badge) if badge and badge not in s.people else None) or by_code(s.people.values(), badge)
    if who is None and not name:
        # Whoever stands here can say who they are; the badge that they typed stays in its field.
        tell(site, wire.sentence("name-missing"), typed)
        return
    if who is None and not badge and first(fields, "new") != "1" and has_twin(s.people.values(), name):
        tell(site, "", {"name": name, "twin": "1"})
        return
    lang = page_lang if chosen in site.langs or who is None or not who.lang else choose(who.lang, site.langs)
    by = Actor(by="kiosk", via="kiosk", p=who.p if who is not None else None)
    came = who is None or not who.present
    form = first(fields, "form")
    id = wire.form_id(form, fields) if 1 <= len(form) <= 64 else secrets.token_urlsafe(16)
    p = who.p if who is not None else ""
    if who is None or who.joined_i is None:
        shown = (who.badge if who is not None else badge) or None
        join = wish.Join(name=name, new_p=site.desk.new_p(), badge=shown, lang=lang, device="kiosk", ev=ev)
        answer = await site.desk.submit(join, by, id=id, scope=SCOPE)
        if not isinstance(answer, Refused):
            p = answer.p or p
    elif came or "kiosk" not in who.vias:
        answer = await site.desk.submit(wish.Here(ev=ev), by, id=id, scope=SCOPE)
    else:
        answer = None
    if isinstance(answer, Refused):
        tell(site, answer.refusal.words, typed)
        return
    person = site.desk.session.people.get(p)
    if person is not None and person.lang != lang:
        await site.desk.submit(wish.SetLanguage(lang=lang), Actor(by="kiosk", via="kiosk", p=p))
    await k.begin(p, lang, came=came)


def find(person: Person | None) -> Person | None:
    return person if person is not None and not person.gone else None


def by_code(people: Iterable[Person], code: str) -> Person | None:
    """The walk-in who was given this code."""
    if len(code) != 6:
        return None
    return next((x for x in people if not x.gone and code_of(x) == code), None)


def code_of(person: Person) -> str:
    """The six characters of somebody without a badge; empty for everybody else."""
    return walkin_code(person.p) if person.walkin and not person.badge else ""


def has_twin(people: Iterable[Person], name: str) -> bool:
    """Somebody without a badge came in here under this name: nobody is ever matched by a name alone."""
    same = name.casefold()
    return any(not x.gone and x.name.casefold() == same and "kiosk" in x.vias and code_of(x) for x in people)


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
