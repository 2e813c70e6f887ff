"""Which statements a session makes: who attended, what they answered and said, skills they showed, who is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.activities.checklist import passed
from fieldkit.core.attendance import Attendance
from fieldkit.core.completion import completed, items, score
from fieldkit.core.plan import Activity
from fieldkit.core.state import Round
from fieldkit.core.tables.answers import part, rounds
from fieldkit.core.tables.base import Sheet, local
from fieldkit.core.tables.checklists import of_person
from fieldkit.core.tables.checklists import rounds as judged_rounds
from fieldkit.core.tables.profiles import holds
from fieldkit.core.walkin import badged
from fieldkit.formats.xapi.interactions import TYPES, definition, response, texts
from fieldkit.formats.xapi.names import (
    ASSESSMENT,
    COURSE,
    DISCUSSION,
    MEETING,
    VERBS,
    Json,
    account,
    extensions,
    iri,
    numbered,
    registration,
    session_iri,
)

Leaf = Callable[[int], str]
"""Index of a record → its leaf hash in base64; empty where the caller has no lines at hand."""
SAID_MOST = 4096
"""Characters of a message that a statement carries."""


VERBS_OF = {
    "attendance": ("attended", "completed"),
    "answers": ("answered",),
    "discussion": ("commented",),
    "checklists": ("passed", "failed"),
}
"""Table → what of it becomes a statement."""


def write(
    sheet: Sheet, leaf: Leaf = lambda i: "", what: str = "all", profile: str = "", *, people_of: str = ""
) -> bytes:
    """The statements as one JSON array, as `POST /statements` of a store takes it: those of one table or of `all` that
    the profile holds. A profile that judges nobody tells who attended, and not who is done. `people_of` as in
    `statements`."""
    tables = [table for table in VERBS_OF if what in (table, "all") and holds(profile, table)]
    rows = [msgspec.json.encode(one) for one in told(statements(sheet, leaf, people_of=people_of), tables, profile)]
    return b"[\n" + b",\n".join(rows) + b"\n]\n" if rows else b"[]\n"


def told(made: Iterable[Json], tables: Iterable[str], profile: str = "") -> list[Json]:
    """Those statements that come from these tables, as far as the profile tells them."""
    verbs = {verb for table in tables for verb in VERBS_OF[table]} - ({"completed"} if profile == "roster" else set())
    return [one for one in made if one["verb"]["display"]["en"] in verbs]


def statements(sheet: Sheet, leaf: Leaf = lambda i: "", *, nameless: bool = True, people_of: str = "") -> list[Json]:
    """Of one session, person by person in the order of the sheet. Who objected to being recorded has none, nor without
    `nameless` who was erased: the account that is left for them would lead to what was said about them before.
    `people_of`: the organisation whose people they are; else the one that the session's laptop names."""
    maker = _Maker(sheet, leaf, people_of)
    out: list[Json] = []
    for row in sheet.people:
        people = sheet.groups[row.p]
        gone = not nameless and any(one.nameless for one in people) and not badged(people)[0]
        if not gone and not any(one.objected for one in people):
            out += maker.of(row)
    return out


class _Maker:
    def __init__(self, sheet: Sheet, leaf: Leaf, people_of: str) -> None:
        self.sheet, self.plan, self.s, self.leaf = sheet, sheet.plan, sheet.s, leaf
        self.origin = sheet.session_id
        self.people = people_of or self.origin
        self.counted = items(sheet.s)
        self.pack = {
            "objectType": "Activity",
            "id": iri(self.origin, "packs", self.plan.id),
            "definition": {"type": COURSE, "name": texts(self.plan, self.plan.title, sheet.lang)},
        }
        info = sheet.s.info
        self.session: Json = {"objectType": "Activity", "id": session_iri(self.origin)}
        self.meeting = {**self.session, "definition": {"type": MEETING}}
        if info is not None and info.title:
            self.meeting["definition"]["name"] = {sheet.lang: info.title}

    def of(self, row: Attendance) -> Iterator[Json]:
        """Everything about one person."""
        if row.came and self.plan.set is None:  # a set of pre-work or reinforcement is no training
            yield self._attended(row)
        yield from self._answers(row)
        yield from self._said(row)
        yield from self._skills(row)
        if self.s.closed_m is not None and completed(self.s, row, score(self.counted, row.all_p)):
            yield self._completed(row)

    # -- one statement each ------------------------------------------------------------------------------------

    def _attended(self, row: Attendance) -> Json:
        joined = next((one.joined_i for one in self.sheet.groups[row.p] if one.joined_i is not None), None)
        result = {
            "completion": row.status in ("present", "late"),
            "duration": duration(row.ms),
            "extensions": extensions(status=row.status, flags=" ".join(row.flags), evidence=row.method),
        }
        until = self.sheet.end_t if row.out_m is None else self.sheet.wall(row.out_m)
        return self._made(row, "attended", self.meeting, until, joined, result, parent=False)

    def _answers(self, row: Attendance) -> Iterator[Json]:
        for one in rounds(self.sheet):
            if one.mode != "named" or one.void or (one.closed_m is None and not self.sheet.alone):
                continue
            mine = sorted((a.i, p, q) for (p, q), a in one.answers.items() if p in row.all_p)
            for i, p, q in mine:
                asked, given = part(one.activity, q), one.answers[p, q]
                if asked.type not in TYPES:
                    continue
                good = kind_of(asked.type).right(asked, given.v, given.text)
                result = {
                    "response": response(asked, given.v, given.text),
                    **({} if good is None else {"success": good}),
                    "extensions": extensions(sure=given.sure, via=given.via, amended=True if given.amended else None),
                }
                about = self._question(one, asked, q)
                yield self._made(row, "answered", about, given.t, i, result, round=one.no)

    def _said(self, row: Attendance) -> Iterator[Json]:
        for say in self.s.says.values():
            about = self.s.activity(say.activity) if say.activity else None
            run = self.s.round(say.activity) if say.activity else None
            mode = run.mode if run is not None else about.mode if about is not None else "named"
            if say.p not in row.all_p or say.void or say.hidden or mode != "named" or not say.text:
                continue
            object_ = self.session
            if about is not None:
                object_ = {
                    "objectType": "Activity",
                    "id": self._activity(about),
                    "definition": {"type": DISCUSSION, "description": self._words(about)},
                }
            yield self._made(row, "commented", object_, say.t, say.ref, {"response": say.text[:SAID_MOST]})

    def _skills(self, row: Attendance) -> Iterator[Json]:
        for one in judged_rounds(self.sheet):
            found = of_person(one, row)
            good = passed(one.activity, found)
            if not found or good is None:
                continue
            last = max(found.values(), key=lambda check: check.i)
            wrong = [item.id for item in one.activity.items if item.id in found and not found[item.id].ok]
            result = {
                "success": good,
                "completion": True,
                "extensions": extensions(items=len(found), not_ok=" ".join(wrong), by=last.by),
            }
            object_ = {
                "objectType": "Activity",
                "id": self._activity(one.activity),
                "definition": {"type": ASSESSMENT, "description": self._words(one.activity)},
            }
            yield self._made(row, "passed" if good else "failed", object_, last.t, last.i, result)

    def _completed(self, row: Attendance) -> Json:
        got = score(self.counted, row.all_p)
        result: Json = {"completion": True, "duration": duration(row.ms)}
        if got.of and row.came:
            result["score"] = {"raw": got.points, "min": 0, "max": got.of, "scaled": round(got.points / got.of, 4)}
        return self._made(row, "completed", self.pack, self.sheet.end_t, None, result)

    # -- what they share ---------------------------------------------------------------------------------------

    def _made(
        self,
        row: Attendance,
        verb: str,
        object_: Json,
        t: int,
        i: int | None,
        result: Json,
        parent: bool = True,
        round: int | None = None,
    ) -> Json:
        around: Json = {"grouping": [self.pack]}
        if parent:
            around = {"parent": [self.session], **around}
        context = {
            "registration": registration(self.origin, row.p),
            **self._led(),
            "platform": "fieldkit",
            "language": self.sheet.lang,
            "revision": self.plan.version,
            "contextActivities": around,
            "extensions": extensions(
                origin=self.origin,
                record=i,
                leaf=self.leaf(i) if i is not None and i <= self.s.saved else None,
                key=self.sheet.signatures.key_id,
                round=round,
            ),
        }
        if i is not None and i > self.s.saved:  # head office's word, which stands in a log of its own
            context["extensions"] = extensions(origin=self.origin, key=self.sheet.signatures.key_id, round=round)
        if not result.get("extensions", True):
            del result["extensions"]
        who = self.sheet.person_id(row.p)
        # Without a badge the person is known in this session only, so their account is one of this session.
        badge, issuer = badged(self.sheet.groups[row.p])
        actor = account(self.people, who if badge else f"{self.origin.rsplit('/', 1)[-1]}-{row.p}", issuer)
        return numbered(
            {
                "actor": actor,
                "verb": VERBS[verb],
                "object": object_,
                "result": result,
                "context": context,
                "timestamp": stamp(t),
            }
        )

    def _led(self) -> Json:
        """The trainer as an account, where the session names a key."""
        info = self.s.info
        name = info.fac if info is not None else None
        return {"instructor": account(self.people, name)} if name else {}

    def _question(self, one: Round, asked: Activity, q: str) -> Json:
        spot = one.activity.id in self.s.spots
        id = self._activity(one.activity, *([q] if q else []))
        return {"objectType": "Activity", "id": id, "definition": definition(self.plan, asked, self.sheet.lang, spot)}

    def _activity(self, a: Activity, *more: str) -> str:
        """Of the pack for what the pack asks, of the session for what was made in the room."""
        if a.id in self.s.spots:
            return "/".join([session_iri(self.origin), "activities", a.id, *more])
        return iri(self.origin, "packs", self.plan.id, "activities", a.id, *more)

    def _words(self, a: Activity) -> dict[str, str]:
        return texts(self.plan, a.text, self.sheet.lang, a.id in self.s.spots)


def duration(ms: int) -> str:
    """ISO 8601, to the hundredth of a second (xAPI 1.0.3, Data 4.6)."""
    return f"PT{ms // 1000}.{ms % 1000 // 10:02d}S"


def stamp(t: int) -> str:
    """Unix ms as UTC; a mad clock gives the epoch, which nobody takes for a time of training."""
    when = local(t, UTC) or local(0, UTC)
    assert when is not None
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
