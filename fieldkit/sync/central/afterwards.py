"""What head office adds to a session beside corrections: credit for earlier training, and a person's signature.

Both are records of the office's own log (`sync.central.desk`). Whoever signs does it with a key of their own, from the
trust list: the record names the session's last record and its root as they were then, and the checkpoint of the
office's log that covers the record bears that person's signature and is kept.
"""

from __future__ import annotations

import secrets

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.credit import of_person, parts
from fieldkit.core.records import CreditGranted, Draft, SignedBy
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.people import named
from fieldkit.core.session import Session
from fieldkit.core.state import HANDED_OVER, SUPERVISOR
from fieldkit.errors import NotPossible
from fieldkit.log.keys import Signer
from fieldkit.log.names import b64
from fieldkit.log.trust import TrustKey, TrustList
from fieldkit.sync.central import certify
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk import Corrected, Entropy, Target, add, first_of
from fieldkit.sync.central.home import Home

ROLE_OF = {"held": "trainer", "checked": SUPERVISOR, "skills": "evaluator", "corrected": SUPERVISOR}
"""What a signature given at head office means → in which role it is given."""
NOTHING = "Nothing was changed."


async def grant(
    home: Home,
    db: Database,
    origin: str,
    who: str,
    what: str,
    evidence: str,
    now: int,
    entropy: Entropy = secrets.token_bytes,
) -> Corrected:
    """Credit somebody (badge or `p`) in a stored session with the pack, a segment or an activity `what`. The same once
    more adds nothing. Raises NotPossible."""

    def made(at: Target) -> list[Draft] | str:
        found = named(at.session, who)
        if isinstance(found, Refusal):
            raise NotPossible(f"{found.words} ({found.detail})" if found.detail else found.words, NOTHING)
        plan = at.session.plan
        meant = parts(plan, what)
        if len(meant) != 1:
            known = [plan.id, *(one.id for one in plan.segments), *(one.id for one in plan.activities)]
            raise NotPossible(
                f"{what[:40]!r} is {' and '.join(meant)} at once." if meant else f"There is no {what[:40]!r} here.",
                f"Credit is for one of: {', '.join(known)}.",
            )
        ids = [one.p for one in at.session.entries(found.p)]
        there = next((one for one in of_person(at.session, ids) if one.what == what), None)
        if there is not None:
            return there.log or f"{origin}#{there.i}"
        fact = CreditGranted(what=what, ref=at.ref(first_of(found.p, at.session)))
        words = clean_text(evidence)
        return [Draft(fact, found.p, {"evidence": words} if words else None)]

    return await add(home, db, origin, made, now, entropy=entropy)


async def sign(
    home: Home,
    db: Database,
    origin: str,
    human: Signer,
    meaning: str,
    name: str,
    now: int,
    entropy: Entropy = secrets.token_bytes,
) -> Corrected:
    """A person signs a stored session that has ended, as it is now, with the key `human`, printed as `name`. The same
    signature under the same records, and the same corrections if it is about those, adds nothing. Raises NotPossible.
    """
    trust = home.trust()
    line = _listed(trust, human, now)

    def made(at: Target) -> list[Draft] | str:
        if at.session.state != "ended":
            raise NotPossible("Only a session that has ended can be signed.", "Its laptop ends it: fieldkit ctl end")
        _may(at.session, trust, line, meaning, now)
        root = b64(at.stored.root)
        fact = SignedBy(
            role=ROLE_OF[meaning], key=human.name, meaning=meaning, ref=at.ref(at.stored.size - 1), root=root
        )
        last = _last_said(at.session) if meaning == "corrected" else -1
        for one in at.session.signs:
            if one.log and (one.key, one.meaning, one.root) == (human.name, meaning, root) and one.i > last:
                return one.log
        return [Draft(fact, None, {"name": clean_name(name)})]

    return await add(home, db, origin, made, now, human=human, entropy=entropy)


def _last_said(session: Session) -> int:
    """Where head office last corrected or credited something, in the order that `core.office` gives it; -1: nowhere."""
    said = [one.i for one in session.amendments if one.log] + [one.i for one in session.credits if one.log]
    return max(said, default=-1)


def _listed(trust: TrustList, human: Signer, now: int) -> TrustKey:
    line = trust.find(human.vkey)
    if line is None or line.kind != "facilitator":
        raise NotPossible(
            f"{human.name} is on no line of the trust list for people.",
            "Add it: fieldkit central trust add KEY --role supervisor",
        )
    if line.state(now) != "ok":
        raise NotPossible(
            f"The key {human.name} counts no more, or not yet ({line.state(now)}).",
            "fieldkit central trust show says until when.",
        )
    return line


def _may(session: Session, trust: TrustList, line: TrustKey, meaning: str, now: int) -> None:
    """Who led a session signs that it was held; who checks it did not lead it, and is listed as a supervisor."""
    name, led = line.vkey.name, _led_by(session)
    if ROLE_OF[meaning] == SUPERVISOR:
        if line.role != SUPERVISOR:
            raise NotPossible(
                f"{name} is not listed as a supervisor's key.",
                "If it is one: fieldkit central trust add KEY --role supervisor",
            )
        if name in led:
            raise NotPossible("Whoever led a session does not check it.", "Let another supervisor sign.")
        return
    if meaning == "held" and name not in led and (led or line.role is not None):
        raise NotPossible(f"{name} did not lead this session.", "See who did: its sheet names trainer_id.")
    pack = session.info.pack.id if session.info is not None else ""
    if line.role not in (SUPERVISOR, "evaluator") and certify.judged(trust, name, pack, now)[0]:
        raise NotPossible(f"{name} is not certified for {pack}.", "See central trust certify.")


def _led_by(session: Session) -> set[str]:
    """Key names of whoever led the session, as far as its log says."""
    named = {one.key for one in session.staff if one.role in ("trainer", "cotrainer")}
    signed = {one.key for one in session.signs if one.meaning in ("held", HANDED_OVER) and not one.log}
    fac = session.info.fac if session.info is not None else None
    return {key for key in (*named, *signed, fac) if key}
