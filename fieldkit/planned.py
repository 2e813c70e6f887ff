"""Planned sessions: what a trainer laid out for another hour, one small file each in the data folder's `planned`.

A file is JSON and is read strictly: one that says anything this release does not understand, or holds what no session
could begin with, is told of in a sentence and left where it is. Who is expected stands in the file itself, as it was
read from the roster, so that the roster's own file may be gone by then. A plan that was made here says "22:00" and
means the clock on the wall; one that head office sent names its zone as well, and its file is called `h-…`
(`fieldkit.sync.planned`).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.models import learn
from fieldkit.core.program import Within
from fieldkit.errors import FieldkitError, NotPossible, WrongUsage
from fieldkit.log.files import write_durable
from fieldkit.roster import Row
from fieldkit.rosterheads import COLUMNS

FOLDER = "planned"
MAX_BYTES = 32 * 1024 * 1024
"""A roster of 20,000 rows fits."""
MAX_FILES = 1_000
MAX_MINUTES = 24 * 60
MAX_CHANGES = 200
AT = "%Y-%m-%d %H:%M"
YEARS = range(2000, 2200)
"""Years in which a session can be planned: at either end of what a clock can show, another zone shows nothing."""
_ID = re.compile(r"([0-9]{8}-[0-9]{4}(-[0-9]{1,3})?|h-[0-9a-hjkmnp-tv-z]{8})\Z")
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_ORIGIN = re.compile(r"[A-Za-z0-9./_-]{0,200}\Z")
_PART = re.compile(r"[a-z0-9][a-z0-9-]{1,63}\Z")
_COHORT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._:-]{0,63})?\Z")
SENT, CANCELLED, REMOVED = "sent", "cancelled", "removed"
"""What has become of a plan of head office: it holds, they called it off, or the trainer took it out of the list."""
_WHEN = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})[ T]+)?(\d{1,2})[:.](\d{2})\Z")


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is otherwise today than in the pack: minutes of segments, and segments that are skipped."""

    minutes: tuple[tuple[str, int], ...] = ()
    skip: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.minutes or self.skip)

    def leaves(self, segments: Iterable[str]) -> bool:
        """Whether one of `segments`, those of the pack, stays: a session of none is nothing to run."""
        return not set(segments) <= set(self.skip)


NONE = Changes()


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One planned session. `at` is local, `YYYY-MM-DD HH:MM`; `done` the origin of the session it became."""

    v: int
    pack: str
    at: str
    title: str = ""
    place: str = ""
    trainer: str = ""
    lang: str = ""
    expected: tuple[Row, ...] = ()
    changes: Changes = NONE
    done: str = ""
    room: str = ""
    """Which of several rooms of the site."""
    tz: str = ""
    """IANA zone of `at`; empty: this laptop's clock."""
    within: Within = Within()
    office: str = ""
    """`sent`, `cancelled` or `removed` where head office planned it; empty: planned here."""
    was: str = ""
    """When head office had planned it before it moved it: `at`, and the zone where that was another."""

    @property
    def when(self) -> datetime.datetime:
        """Local time without a zone."""
        return datetime.datetime.strptime(self.at, AT)  # noqa: DTZ007 - the clock on the wall


learn(Planned)


class Entry(msgspec.Struct, frozen=True):
    """A file of the folder: what it says, or the sentence why it cannot be used."""

    id: str
    path: Path
    plan: Planned | None = None
    wrong: str = ""


class Told(msgspec.Struct, frozen=True):
    """One thing that head office did about a planned session. `what`: new, moved, changed,
    called-off or gone; `at`: when it is, with its zone; `was`: when it was to be, of one that was moved."""

    what: str
    id: str
    title: str
    at: str
    was: str = ""


def by_time(at: str, id: str) -> tuple[str, str]:
    """What plans are sorted by; of one that cannot be read the time in its name."""
    return "".join(c for c in at or id if c.isdigit()), id


def read_when(text: str, now: datetime.datetime) -> datetime.datetime:
    """`22:00` (today, or tomorrow when that has passed) or `2026-11-22 22:00`. Raises WrongUsage."""
    match = _WHEN.match(text.strip())
    hint = "Write 22:00, or 2026-11-22 22:00."
    if match is None:
        raise WrongUsage(f"“{clean_text(text, 40)}” is no date and time.", hint)
    year, month, day, hour, minute = match.groups()
    if year is not None and int(year) not in YEARS:
        raise WrongUsage(
            f"Nothing is planned in the year {year}.", f"Write a year from {YEARS[0]} to {YEARS[-1]}: 2026-11-22 22:00."
        )
    try:
        if year is not None:
            return datetime.datetime(int(year), int(month), int(day), int(hour), int(minute))  # noqa: DTZ001 - local
        found = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0, tzinfo=None)
    except ValueError as wrong:
        raise WrongUsage(f"“{clean_text(text, 40)}” is no date and time.", hint) from wrong
    return found if found >= now.replace(tzinfo=None) else found + datetime.timedelta(days=1)


def parse(raw: bytes) -> Planned:
    """The bytes of a file → a plan. Raises WrongUsage with what is wrong in them."""
    if len(raw) > MAX_BYTES:
        raise WrongUsage("It is larger than 32 MB.", "Remove it: a plan is a few lines.")
    try:
        plan = msgspec.json.decode(raw, type=Planned)
    except msgspec.ValidationError as wrong:
        raise WrongUsage(f"It holds what no plan holds: {clean_text(str(wrong), 120)}.", "Remove it.") from wrong
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise WrongUsage("It is no plan: its text cannot be read.", "Remove it.") from wrong
    check(plan)
    return plan


def check(plan: Planned) -> None:
    """Raises WrongUsage for what no session could begin with."""
    if plan.v != 1:
        raise WrongUsage(f"It was made by another release (version {plan.v}).", "Make the plan anew.")
    try:
        exact = plan.when.strftime(AT) == plan.at and plan.when.year in YEARS
    except ValueError:
        exact = False
    if not exact:
        raise WrongUsage(f"Its time “{clean_text(plan.at, 40)}” is none.", "Times are written 2026-11-22 22:00.")
    limits = (("title", plan.title, 120), ("place", plan.place, 80), ("lang", plan.lang, 35), ("pack", plan.pack, 400))
    more = (("room", plan.room, 80), ("time zone", plan.tz, 60), ("former time", plan.was, 80))
    for name, value, most in (*limits, *more):
        if value != clean_text(value, most):
            raise WrongUsage(f"Its {name} holds signs that cannot stand there, or is too long.", "Make the plan anew.")
    if plan.trainer != clean_name(plan.trainer):
        raise WrongUsage("Its trainer holds signs that cannot stand there, or is too long.", "Make the plan anew.")
    if not plan.pack:
        raise WrongUsage("It names no pack.", "Make the plan anew.")
    if not _ORIGIN.match(plan.done):
        raise WrongUsage("The session it became has no such name.", "Remove it.")
    if plan.office not in ("", SENT, CANCELLED, REMOVED):
        raise WrongUsage("What has become of it cannot be read.", "Make the plan anew.")
    check_within(plan.within)
    changed = [segment for segment, _minutes in plan.changes.minutes] + list(plan.changes.skip)
    if len(changed) > MAX_CHANGES or not all(map(_SEGMENT.match, changed)):
        raise WrongUsage("Its changes name segments that cannot be.", "Make the plan anew.")
    if any(not 0 <= minutes <= MAX_MINUTES for _segment, minutes in plan.changes.minutes):
        raise WrongUsage("Its changes give a segment minutes that cannot be.", "A segment has 0 to 1440 minutes.")
    for row in plan.expected:
        texts = [*row.fields.items(), *row.notes]
        known = set(row.fields) <= set(COLUMNS)
        if not known or any(value != clean_text(value, 500) or len(name) > 80 for name, value in texts):
            raise WrongUsage(f"Row {row.line} of its roster holds signs that cannot stand there.", "Make it anew.")


def check_within(within: Within) -> None:
    """Raises WrongUsage for what a session cannot belong to."""
    named = [x for x in (within.program, within.part) if x]
    if len(named) == 1 or not all(map(_PART.match, named)):
        raise WrongUsage("It names no part of a program.", "Write PROGRAM/PART: press-operator/observed")
    if not _COHORT.match(within.cohort) or not _ORIGIN.match(within.makes_up):
        raise WrongUsage("Its cohort, or the session that it makes up, cannot be.", "Make the plan anew.")


class PlannedFolder:
    """The folder `planned` of a data folder. Made when the first plan is written."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER

    def entries(self) -> list[Entry]:
        """Every plan, also those done and those that cannot be read, in the order of their time.

        A folder that is there and cannot be read is one entry that says so: what waits in it is not known.
        """
        try:
            return self.every()
        except FieldkitError as wrong:
            return [Entry(FOLDER, self.folder, None, wrong.sentence)]

    def every(self) -> list[Entry]:
        """The same. Raises FieldkitError where the folder cannot be read; one that was never made holds no plans."""
        try:
            names = sorted(p for p in self.folder.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as wrong:
            sentence = f"The folder of the planned sessions cannot be read: {wrong.strerror}."
            raise FieldkitError(sentence, "Check the disk, and whose folder it is.") from wrong
        found = [self._entry(path) for path in names[:MAX_FILES]]
        return sorted(found, key=lambda x: by_time(x.plan.at if x.plan is not None else "", x.id))

    def _entry(self, path: Path) -> Entry:
        name = clean_text(path.stem, 40)
        if not _ID.match(path.stem):
            return Entry(name, path, None, f"{name} in planned is no plan of this program; it was left there.")
        try:
            if not path.is_file():
                raise WrongUsage("It is no ordinary file.", "Remove it.")
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
            return Entry(path.stem, path, parse(raw))
        except OSError as wrong:
            return Entry(path.stem, path, None, f"The plan {name} cannot be read: {wrong.strerror}.")
        except FieldkitError as wrong:
            return Entry(path.stem, path, None, f"The plan {name} cannot be used. {wrong.sentence}")

    def waiting(self) -> list[Entry]:
        """Those that are still to come or overdue, called off by head office too, and those that cannot be read."""
        return [x for x in self.entries() if x.plan is None or not (x.plan.done or x.plan.office == REMOVED)]

    def find(self, id: str) -> Entry:
        """The plan of this id. Raises NotPossible, and FieldkitError where the folder cannot be read."""
        found = next((x for x in self.every() if x.id == id), None)
        if found is None:
            raise NotPossible(f"There is no plan {clean_text(id, 40)!r} here.", "`fieldkit plan list` shows them.")
        return found

    def add(self, plan: Planned) -> str:
        """Write a new plan; its id. Raises WrongUsage for one that could not be read back, FieldkitError."""
        check(plan)
        self._make()
        base = plan.when.strftime("%Y%m%d-%H%M")
        ids = [base, *(f"{base}-{n}" for n in range(2, MAX_FILES))]
        free = next((id for id in ids if not (self.folder / f"{id}.json").exists()), None)
        if free is None:
            raise WrongUsage("So many sessions are planned for that minute already.", "Choose another time.")
        self.put(free, plan)
        return free

    def _make(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as wrong:
            raise FieldkitError(f"No folder for plans: {wrong.strerror}.", "Check the disk.") from wrong

    def finish(self, id: str, origin: str) -> None:
        """The plan became the session `origin`. Raises FieldkitError."""
        found = self.find(id)
        if found.plan is not None:
            self.put(id, msgspec.structs.replace(found.plan, done=origin, expected=()))

    def remove(self, id: str) -> None:
        """Delete a plan, also one that cannot be read. Of one that head office sent a file without names stays, so that
        the next sync does not bring it anew. Raises NotPossible, FieldkitError."""
        found = self.find(id)
        if found.plan is not None and found.plan.office:
            self.put(id, msgspec.structs.replace(found.plan, office=REMOVED, expected=()))
            return
        self.drop(id)

    def drop(self, id: str) -> None:
        """Delete the file of this id. Raises FieldkitError."""
        try:
            (self.folder / f"{id}.json").unlink(missing_ok=True)
        except OSError as wrong:
            raise FieldkitError(f"The plan could not be removed: {wrong.strerror}.", "Remove its file.") from wrong

    def put(self, id: str, plan: Planned) -> None:
        """Write the plan of this id, for the first time too. Raises FieldkitError."""
        self._make()
        write_durable(self.folder / f"{id}.json", msgspec.json.encode(plan) + b"\n")
