"""What things are called in xAPI: IRIs, accounts and ids.

Everything of an organisation lies under the domain that its key names begin with, so that two organisations never mean
the same thing by one IRI. People are accounts: organisation (or who issued the badge) and person id; no mail address
and no name, which a learning record store would keep for ever.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import msgspec

VERBS = {
    word: {"id": f"http://adlnet.gov/expapi/verbs/{word}", "display": {"en": word}}
    for word in ("attended", "answered", "commented", "passed", "failed", "completed", "voided")
}
MEETING = "http://adlnet.gov/expapi/activities/meeting"
COURSE = "http://adlnet.gov/expapi/activities/course"
INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
DISCUSSION = "http://id.tincanapi.com/activitytype/discussion"
EXTENSION = "urn:fieldkit:xapi:"
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fieldkit:xapi")

Json = dict[str, Any]


def home(origin: str) -> str:
    """`https://` and the organisation of a session's origin."""
    return f"https://{origin.partition('/')[0]}"


def iri(origin: str, *parts: str) -> str:
    """An IRI under the organisation's domain; whatever a part holds, it stays one part."""
    return "/".join([home(origin), *(quote(part, safe="") for part in parts)])


def session_iri(origin: str) -> str:
    return iri(origin, "sessions", *origin.split("/")[1:])


def account(of: str, id: str, issuer: str = "") -> Json:
    """An actor; `of`: an origin, a key's name, or an organisation alone. `issuer` is who gave out the badge, where that
    is somebody else."""
    page = iri(of, "people", issuer) if issuer else iri(of, "people")
    return {"objectType": "Agent", "account": {"homePage": page, "name": id}}


def extensions(**values: object) -> Json:
    """Those that say something."""
    return {EXTENSION + key.replace("_", "-"): value for key, value in values.items() if value not in (None, "")}


def registration(origin: str, person: str) -> str:
    """The same for all statements about one person in one session."""
    return str(uuid.uuid5(_IDS, f"registration\n{origin}\n{person}"))


def numbered(statement: Json) -> Json:
    """With its id: UUIDv5 of all that it says. The same fact has the same id however often it is sent; a fact that was
    corrected has another one, so that a store never meets two statements under one id."""
    said = msgspec.json.encode(statement, order="deterministic").decode()
    return {"id": str(uuid.uuid5(_IDS, said)), **statement}


def anew(id: str, version: int) -> str:
    """The id under which a statement is said again after others of its session were taken back: a store that has voided
    a statement knows its id for ever, and a fact may come to be true once more. Version 0 is the id that it has."""
    return str(uuid.uuid5(_IDS, f"{id}\n{version}")) if version else id


def voiding(origin: str, id: str, by: str, when: str) -> Json:
    """The statement that takes another one back (xAPI 1.0.3, Data 2.3.2). `by` is a key's name, `when` ISO 8601; its
    own id follows from the one that it voids, so that it is said once however often it is sent."""
    return {
        "id": str(uuid.uuid5(_IDS, f"voided\n{id}")),
        "actor": account(by, by),
        "verb": VERBS["voided"],
        "object": {"objectType": "StatementRef", "id": id},
        "context": {"extensions": extensions(origin=origin)},
        "timestamp": when,
    }
