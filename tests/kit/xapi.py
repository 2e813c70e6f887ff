"""Two judges of xAPI statements that know nothing of each other: the published JSON Schema (TinCanSchema 1.0.1), and
the rules of the specification (xAPI 1.0.3, Part Two) written down by hand, which also looks at what no schema can:
component ids that stand twice, answers that do not fit their components."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "xapi.json").read_text("utf-8"))
Json = dict[str, Any]


def schema() -> jsonschema.Draft4Validator:
    """The published schemas as one: each part names itself `#name` or `#name!part`, and is referred to by that."""
    parts: dict[str, Json] = {}

    def collect(found: Any) -> None:
        if isinstance(found, dict):
            if isinstance(id := found.get("id"), str) and id.startswith("#"):
                parts[id[1:]] = found
                del found["id"]
            for value in list(found.values()):
                collect(value)
        elif isinstance(found, list):
            for value in found:
                collect(value)

    def aim(found: Any) -> None:
        if isinstance(found, dict):
            if isinstance(ref := found.get("$ref"), str) and ref.startswith("#") and not ref.startswith("#/"):
                found["$ref"] = "#/definitions/" + (ref[1:] if ref[1:] in parts else "_any")
            for value in found.values():
                aim(value)
        elif isinstance(found, list):
            for value in found:
                aim(value)

    for name, one in json.loads(json.dumps(VECTORS["schemas"])).items():
        one.pop("$schema", None)
        parts.setdefault(name, one)
        collect(one)
    aim(parts)
    parts["_any"] = {}
    formats = jsonschema.FormatChecker(formats=[])
    patterns = {name: VECTORS["formats"][name] for name in ("uuid", "langtag", "mimetype", "version")}
    patterns["iso_date"] = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$"
    patterns["iso_duration"] = r"^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?)?$"
    patterns["iri"] = r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"
    for name, pattern in patterns.items():
        judge = re.compile(pattern).match
        formats.checks(name)(lambda value, judge=judge: not isinstance(value, str) or bool(judge(value)))
    return jsonschema.Draft4Validator({"definitions": parts, "$ref": "#/definitions/statement"}, format_checker=formats)


# ---- by hand -----------------------------------------------------------------------------------------------------

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+\Z").match
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z").match
DURATION = re.compile(r"PT\d+\.\d\dS\Z").match
TOP = {"id", "actor", "verb", "object", "result", "context", "timestamp"}
PARTS = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    **dict.fromkeys(("true-false", "numeric", "fill-in", "long-fill-in", "other"), ()),
}


def wrong(one: Json) -> list[str]:
    """What breaks a rule of the specification, or goes beyond what this program promises to send."""
    return list(_wrong(one))


def _wrong(one: Json) -> Iterator[str]:
    if set(one) - TOP or not {"id", "actor", "verb", "object"} <= set(one):
        yield f"properties {sorted(one)}"
        return
    try:
        if str(uuid.UUID(one["id"])) != one["id"] or uuid.UUID(one["id"]).version != 5:
            yield "id is no UUIDv5"
        when = datetime.fromisoformat(one.get("timestamp", ""))
        if when.utcoffset() is None:
            yield "timestamp without offset"
    except (ValueError, TypeError, AttributeError):
        yield "id or timestamp"
    yield from _agent(one["actor"], "actor")
    yield from _map(one["verb"].get("display", {}), "verb.display")
    if not IRI(str(one["verb"].get("id", ""))):
        yield "verb.id"
    if one["object"].get("objectType") == "StatementRef":
        yield from _voiding(one)
        return
    yield from _activity(one["object"], "object")
    yield from _result(one.get("result", {}), one["object"].get("definition", {}))
    context = one.get("context", {})
    if "registration" in context and str(uuid.UUID(context["registration"])) != context["registration"]:
        yield "registration"
    if "instructor" in context:
        yield from _agent(context["instructor"], "instructor")
    if "language" in context and not TAG(context["language"]):
        yield "language"
    for key, around in context.get("contextActivities", {}).items():
        if key not in ("parent", "grouping", "category", "other"):
            yield f"contextActivities.{key}"
        for activity in around:
            yield from _activity(activity, key)
    yield from _extensions(context.get("extensions", {}))


def _voiding(one: Json) -> Iterator[str]:
    """Data 2.3.2; and 2.4.6: `revision` and `platform` only where the object is an activity."""
    if one["verb"]["id"] != "http://adlnet.gov/expapi/verbs/voided" or set(one["object"]) != {"objectType", "id"}:
        yield "a reference to a statement, and no voiding"
    elif str(uuid.UUID(one["object"]["id"])) != one["object"]["id"] or one["object"]["id"] == one["id"]:
        yield "object.id"
    if {"revision", "platform"} & set(one.get("context", {})) or "result" in one:
        yield "a voiding says nothing but what it voids"
    yield from _extensions(one.get("context", {}).get("extensions", {}))


def _agent(one: Json, at: str) -> Iterator[str]:
    names = [key for key in ("mbox", "mbox_sha1sum", "openid", "account") if key in one]
    if names != ["account"] or one.get("objectType", "Agent") != "Agent":
        yield f"{at}: exactly one identifier, an account"
        return
    account = one["account"]
    if set(account) != {"homePage", "name"} or not IRI(account["homePage"]) or not str(account["name"]).strip():
        yield f"{at}.account"


def _activity(one: Json, at: str) -> Iterator[str]:
    if one.get("objectType", "Activity") != "Activity" or not IRI(str(one.get("id", ""))):
        yield f"{at}.id"
    about = one.get("definition", {})
    for key in ("name", "description"):
        yield from _map(about.get(key, {}), f"{at}.{key}")
    if "type" in about and not IRI(about["type"]):
        yield f"{at}.type"
    kind = about.get("interactionType")
    if kind is None:
        return
    for key in ("choices", "scale", "source", "target", "steps"):
        if (key in about) != (key in PARTS.get(kind, ())):
            yield f"{at}: {key} with {kind}"
        ids = [part["id"] for part in about.get(key, [])]
        if len(ids) != len(set(ids)) or any(not id or " " in id or "[" in id for id in ids):
            yield f"{at}: ids of {key}"
        for part in about.get(key, []):
            yield from _map(part.get("description", {}), f"{at}.{key}")
    for pattern in about.get("correctResponsesPattern", []):
        if not _fits(about, kind, pattern, pattern=True):
            yield f"{at}: right answer {pattern!r}"
    if about.get("correctResponsesPattern") == []:
        yield f"{at}: every answer would be wrong"


def _fits(about: Json, kind: str, said: str, pattern: bool = False) -> bool:
    if kind == "true-false":
        return said in ("true", "false")
    if kind == "numeric":
        ends = said.split("[:]")
        numbers = [re.fullmatch(r"-?\d+(\.\d+)?", end) is not None or (pattern and not end) for end in ends]
        return len(ends) == (2 if pattern else 1) and all(numbers) and any(ends)
    ids = {key: {part["id"] for part in about.get(key, [])} for key in ("choices", "scale", "source", "target")}
    if kind == "choice":
        return set(said.split("[,]")) <= ids["choices"]
    if kind == "sequencing":
        return sorted(said.split("[,]")) == sorted(ids["choices"])
    if kind == "likert":
        return said in ids["scale"]
    if kind == "matching":
        pairs = [pair.split("[.]") for pair in said.split("[,]")]
        return all(len(p) == 2 and p[0] in ids["source"] and p[1] in ids["target"] for p in pairs)
    return bool(said)


def _result(one: Json, about: Json) -> Iterator[str]:
    if set(one) - {"score", "success", "completion", "response", "duration", "extensions"}:
        yield f"result {sorted(one)}"
    if "duration" in one and not DURATION(one["duration"]):
        yield "duration"
    if any(type(one.get(key, True)) is not bool for key in ("success", "completion")):
        yield "success or completion"
    if "score" in one:
        score = one["score"]
        if not (score["min"] <= score["raw"] <= score["max"] and -1 <= score["scaled"] <= 1):
            yield "score"
    kind = about.get("interactionType")
    if kind is not None and not _fits(about, kind, one.get("response", "")):
        yield f"response {one.get('response')!r} to {kind}"
    if "success" in one and kind is not None and kind != "other" and "correctResponsesPattern" not in about:
        yield "success without a right answer"
    yield from _extensions(one.get("extensions", {}))


def _extensions(one: Json) -> Iterator[str]:
    if not all(IRI(key) for key in one) or None in one.values():
        yield "extensions"


def _map(one: Json, at: str) -> Iterator[str]:
    if not all(TAG(key) and isinstance(value, str) for key, value in one.items()):
        yield f"{at} is no language map"
