"""Planned sessions: what a trainer laid out for another hour, one small file each in the data folder's `planned`.

A file is JSON and is read strictly: one that says anything this release does not understand, or holds what no session
could begin with, is told of in a sentence and left where it is. Who is expected stands in the file itself, as it was
read from the roster, so that the roster's own file may be gone by then. Times are local to the laptop: a plan says
"22:00" and means the clock on the wall.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.models import learn
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
_ID = re.compile(r"[0-9]{8}-[0-9]{4}(-[0-9]{1,3})?\Z")
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_ORIGIN = re.compile(r"[A-Za-z0-9./_-]{0,200}\Z")
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


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


def read_when(text: str, now: datetime.datetime) -> datetime.datetime:
    """`22:00` (today, or tomorrow when that has passed) or `2026-11-22 22:00`. Raises WrongUsage."""
    match = _WHEN.match(text.strip())
    hint = "Write 22:00, or 2026-11-22 22:00."
    if match is None:
        raise WrongUsage(f"“{clean_text(text, 40)}” is no date and time.", hint)
    year, month, day, hour, minute = match.groups()
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
        exact = plan.when.strftime(AT) == plan.at
    except ValueError:
        exact = False
    if not exact:
        raise WrongUsage(f"Its time “{clean_text(plan.at, 40)}” is none.", "Times are written 2026-11-22 22:00.")
    limits = (("title", plan.title, 120), ("place", plan.place, 80), ("lang", plan.lang, 35), ("pack", plan.pack, 400))
    for name, value, most in limits:
        if value != clean_text(value, most):
            raise WrongUsage(f"Its {name} holds signs that cannot stand there, or is too long.", "Make the plan anew.")
    if plan.trainer != clean_name(plan.trainer):
        raise WrongUsage("Its trainer holds signs that cannot stand there, or is too long.", "Make the plan anew.")
    if not plan.pack:
        raise WrongUsage("It names no pack.", "Make the plan anew.")
    if not _ORIGIN.match(plan.done):
        raise WrongUsage("The session it became has no such name.", "Remove it.")
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


class PlannedFolder:
    """The folder `planned` of a data folder. Made when the first plan is written."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER

    def entries(self) -> list[Entry]:
        """Every plan, also those done and those that cannot be read, in the order of their time.

        A folder that is there and cannot be read is one entry that says so: what waits in it is not known.
        """
        try:
            return self._entries()
        except FieldkitError as wrong:
            return [Entry(FOLDER, self.folder, None, wrong.sentence)]

    def _entries(self) -> list[Entry]:
        """Raises FieldkitError where the folder cannot be read; one that was never made holds no plans."""
        try:
            names = sorted(p for p in self.folder.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as wrong:
            sentence = f"The folder of the planned sessions cannot be read: {wrong.strerror}."
            raise FieldkitError(sentence, "Check the disk, and whose folder it is.") from wrong
        return [self._entry(path) for path in names[:MAX_FILES]]

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
        """Those that are still to come or overdue, and those that cannot be read."""
        return [x for x in self.entries() if x.plan is None or not x.plan.done]

    def find(self, id: str) -> Entry:
        """The plan of this id. Raises NotPossible, and FieldkitError where the folder cannot be read."""
        found = next((x for x in self._entries() if x.id == id), None)
        if found is None:
            raise NotPossible(f"There is no plan {clean_text(id, 40)!r} here.", "`fieldkit plan list` shows them.")
        return found

    def add(self, plan: Planned) -> str:
        """Write a new plan; its id. Raises WrongUsage for one that could not be read back, FieldkitError."""
        check(plan)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as wrong:
            raise FieldkitError(f"No folder for plans: {wrong.strerror}.", "Check the disk.") from wrong
        base = plan.when.strftime("%Y%m%d-%H%M")
        ids = [base, *(f"{base}-{n}" for n in range(2, MAX_FILES))]
        free = next((id for id in ids if not (self.folder / f"{id}.json").exists()), None)
        if free is None:
            raise WrongUsage("So many sessions are planned for that minute already.", "Choose another time.")
        self.put(free, plan)
        return free

    def finish(self, id: str, origin: str) -> None:
        """The plan became the session `origin`. Raises FieldkitError."""
        found = self.find(id)
        if found.plan is not None:
            self.put(id, msgspec.structs.replace(found.plan, done=origin, expected=()))

    def remove(self, id: str) -> None:
        """Delete a plan, also one that cannot be read. Raises NotPossible, FieldkitError."""
        found = self.find(id)
        try:
            found.path.unlink()
        except OSError as wrong:
            raise FieldkitError(f"The plan could not be removed: {wrong.strerror}.", "Remove its file.") from wrong

    def put(self, id: str, plan: Planned) -> None:
        """Write the plan of this id anew. Raises FieldkitError."""
        write_durable(self.folder / f"{id}.json", msgspec.json.encode(plan) + b"\n")
