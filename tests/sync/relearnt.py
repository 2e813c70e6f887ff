"""Pre-work, reinforcement and a set in a room, answered by people of a programme: for the recount."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec

from fieldkit.core.blended import PREWORK, only
from fieldkit.core.intents import PutAnswer
from fieldkit.core.plan import Plan
from fieldkit.core.records import PackRef
from fieldkit.log.line import canonical_plan
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central.learn_log import Begin, Who, open_prework, put
from fieldkit.sync.central.tx_codes import set_key
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.digested import opened
from tests.sync.learning import LATER, PICTURE, PICTURE_SHA

SAID = {"lift": ("nothing", "sure"), "tf": ("true", "")}
ALL = {
    "lift": "gravity", "mood": "so", "many": "air weight", "bar": "7", "steps": "stop try lock",
    "pairs": "air=bleed weight=lower", "exam/one": "no", "exam/two": "false",
}  # fmt: skip
"""Activity (of a quiz with its question) → what somebody answers."""


def cut(name: str) -> Plan:
    found = only(LATER, name)
    assert found is not None
    return found


def begin(name: str, title: str, closes: int, of: str = "") -> Begin:
    pack = PackRef(LATER.id, LATER.version, "0" * 64, "0" * 64)
    return Begin(cut(name), pack, title, closes * 1000, "Plant 2", "Asia/Kolkata", of=of, media={PICTURE_SHA: PICTURE})


async def answered_alone(office: Office, of: Log, badges: list[str]) -> bytes:
    """Sets of the session `of`, and a pre-work on whose roster these badges are; and the bundle of one in a room."""
    at = office.now + 86_400
    async with opened(office) as db:

        async def say(key: str, start: Begin | None, badge: str, activity: str, v: str, sure: str = "") -> None:
            office.now += 1
            id, _, q = activity.partition("/")
            wish = PutAnswer(activity=id, round=1, v=tuple(v.split()), n=office.now, q=q or None, sure=sure or None)
            found = await put(office.home, db, key, start, Who(badge, "", "Ann [/] Lee 7"), wish, office.now)
            assert found.result == "saved", (activity, found)

        week, month = (begin(name, f"<b>Press 1</b> {name}", at, of.origin) for name in ("week", "month"))
        for activity, (v, sure) in SAID.items():
            await say(set_key(of.origin, "week"), week, badges[0], activity, v, sure)
        await say(set_key(of.origin, "week"), week, badges[1], "lift", "gravity", "unsure")
        for activity, v in ALL.items():
            await say(set_key(of.origin, "month"), month, badges[1], activity, v)
        people = [{"badge": badge, "name": "=1+1"} for badge in badges]
        log = await open_prework(office.home, db, begin(PREWORK, "Before 2 Ann", at), people, office.now)
        async with db.reading() as tx:
            code = short_code(leaf_hash(await tx.line(log.origin, 0) or b""))
        await say(code, None, badges[0], "mood", "good")
        await say(code, None, badges[0], "mood", "so")
    return bundle(room(office, badges[0]))


def room(office: Office, badge: str) -> Log:
    """A set that stood on a kiosk: asked twice, and the newest counts."""
    laptop = Laptop.named("4t8v")
    office.enrol(laptop)
    raw = canonical_plan(msgspec.to_builtins(cut("week")))
    sha = sha256(raw).hexdigest()
    pack = {"files": "0" * 64, "id": LATER.id, "plan": sha, "signed": False, "version": LATER.version}
    log = laptop.session(pack=pack, title="Talk 3", site="Plant 3", kind="blended", set="week")
    log = replace(log, blobs={sha: raw, PICTURE_SHA: PICTURE}).join("person01", "Ann [/] Lee 7", badge)
    log = log.add("segment.enter", {"segment": "week"})
    for no, v in ((1, "gravity"), (2, "power")):
        log = log.add("activity.open", {"activity": "lift", "mode": "named", "round": no})
        said = {"activity": "lift", "round": no, "sure": "sure", "v": [v], "via": "kiosk"}
        log = log.add("answer.put", said, p="person01").add("activity.close", {"activity": "lift", "round": no})
    return log.close()
