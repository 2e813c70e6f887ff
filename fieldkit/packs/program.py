"""program.yaml: sessions over weeks, read like a pack: plain YAML, one model, every mistake with its place.

What a program promises is in `docs/programs.md`; what it means for people, in `fieldkit.core.program` and
`fieldkit.core.standing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from fieldkit.core.models import learn
from fieldkit.core.program import MAKE_UP_DAYS
from fieldkit.core.program import Program as Read
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.packs import fields
from fieldkit.packs.check_fields import convert_all
from fieldkit.packs.check_texts import painting
from fieldkit.packs.fields import END, Code, Id, Language, PackId, Version
from fieldkit.packs.problem import Place, Problem, dotted, nearest, short
from fieldkit.packs.yaml_safe import LIMIT, BadYaml, Doc, load

FORMAT = 1
NAME = "program.yaml"
Title = dict[Language, Annotated[str, Meta(min_length=1, max_length=120)]]
Word = Annotated[str, Meta(min_length=1, max_length=80)]
Words = Annotated[list[Word], Meta(min_length=1, max_length=200)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}" + END)]
fields.EXPECTED.setdefault(Day, "a day such as 2026-09-07")


class PackAtLeast(fields.Part, frozen=True, kw_only=True):
    """A pack that fulfils a part, and its smallest version."""

    id: PackId
    version: Version = "0.0.0"


class ProgramPart(fields.Part, frozen=True, kw_only=True):
    """One step of a program."""

    id: Id
    title: Title
    packs: Annotated[list[PackAtLeast], Meta(max_length=50)] = []
    after: Annotated[list[Id], Meta(max_length=50)] = []
    credit: bool = True
    once: bool = False


class Need(fields.Part, frozen=True, kw_only=True):
    """Who needs it: all of its lists have to fit."""

    crew: Words | None = None
    role: Words | None = None
    site: Words | None = None
    employer: Words | None = None


class Validity(fields.Part, frozen=True, kw_only=True):
    """How long a completion counts, and how many days before its end people are due."""

    months: Annotated[int, Meta(ge=1, le=240)]
    remind_days: Annotated[list[Annotated[int, Meta(ge=0, le=3650)]], Meta(max_length=10)] = []


class MakeUp(fields.Part, frozen=True, kw_only=True):
    """What who missed something owes, and how far sessions may lie apart."""

    by: Literal["segment", "session"] = "segment"
    days: Annotated[int, Meta(ge=1, le=3650)] = MAKE_UP_DAYS


class Cohort(fields.Part, frozen=True, kw_only=True):
    """People who go through it together."""

    id: Code
    start: Day
    title: Title = {}


class Program(fields.Part, frozen=True, kw_only=True):
    """The file."""

    fieldkit: Annotated[int, Meta(ge=1, le=FORMAT)]
    id: PackId
    version: Version
    title: Title
    parts: Annotated[list[ProgramPart], Meta(min_length=1, max_length=100)]
    task: Id | None = None
    needs: Annotated[list[Need], Meta(max_length=100)] = []
    within_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    validity: Validity | None = None
    make_up: MakeUp = MakeUp()
    cohorts: Annotated[list[Cohort], Meta(max_length=500)] = []


learn(Program)


class Found(msgspec.Struct, frozen=True):
    """`program` is None when the file has errors; problems, errors first."""

    program: Read | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> list[Problem]:
        return [one for one in self.problems if one.level == "error"]


def read_file(path: Path) -> bytes:
    """The bytes of a program's file, as many as one may have and one more. Raises FieldkitError."""
    try:
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or "the path cannot be used"
        raise FieldkitError(f"The program cannot be read: {why}.", f"Look at {short(path, 120)}.") from wrong


def read_program(raw: bytes, file: str = NAME) -> Found:
    """What a file says, and everything that is wrong with it. Never raises for what is in the file."""
    try:
        doc = load(raw)
    except BadYaml as wrong:
        return Found(None, (Problem("error", file, wrong.place, wrong.detail, wrong.instead, wrong.line),))
    newer = doc.value.get("fieldkit") if isinstance(doc.value, dict) else None
    if isinstance(newer, int) and not isinstance(newer, bool) and newer > FORMAT:
        sentence = f"This program is of format {newer}; here format {FORMAT} is known."
        return Found(None, (Problem("error", file, "fieldkit", sentence, "Update fieldkit.", 1),))
    found, problems = convert_all(doc, Program, file)
    judge = _Judge(doc, file, list(problems))
    if isinstance(found, Program):
        judge.all(found)
    # A field that was refused was left out; what then seems missing around it is the same mistake, said twice.
    first = {one.place for one in problems}
    later = [one for one in judge.problems[len(problems) :] if not any(_around(one.place, place) for place in first)]
    problems = sorted([*problems, *later], key=lambda one: (one.level != "error", one.line))
    whole = isinstance(found, Program) and not any(one.level == "error" for one in problems)
    return Found(_core(found) if whole else None, tuple(problems))


def _core(found: Program) -> Read:
    made = {k: v for k, v in msgspec.to_builtins(found).items() if v is not None and k != "fieldkit"}
    return msgspec.convert(made, Read, strict=False)


class _Judge:
    """What fields say to each other."""

    def __init__(self, doc: Doc, file: str, problems: list[Problem]) -> None:
        self.doc, self.file, self.problems = doc, file, problems

    def add(self, level: str, place: Place, sentence: str, instead: str = "") -> None:
        self.problems.append(Problem(level, self.file, dotted(place), sentence, instead, self.doc.line(place)))

    def all(self, found: Program) -> None:
        self.signs(msgspec.to_builtins(found), ())
        self.once("parts", [one.id for one in found.parts])
        self.once("cohorts", [one.id for one in found.cohorts])
        self.order(found)
        self.packs(found)
        self.titles(found)
        for n, cohort in enumerate(found.cohorts):
            try:
                date.fromisoformat(cohort.start)
            except ValueError:
                self.add("error", ("cohorts", n, "start"), f"{cohort.start} is no day.", "a day such as 2026-09-07")
        for n, need in enumerate(found.needs):
            if need == Need():
                self.add("error", ("needs", n), "It says nobody.", "crew, role, site or employer, with a list of words")
        if not found.needs:
            words = "Nobody is said to need it, so only who has begun is in its lists."
            self.add("warning", ("needs",), words, "needs: [{crew: [B]}]")
        if found.task is not None and found.validity is None:
            words = "It does not say how long it counts, so the packs of its parts do."
            self.add("warning", ("validity",), words, "validity: {months: 12, remind_days: [60, 30]}")

    def once(self, field: str, ids: list[str]) -> None:
        for n, id in enumerate(ids):
            if id in ids[:n]:
                self.add("error", (field, n, "id"), f"`{short(id)}` is there twice.", "an id of its own")

    def order(self, found: Program) -> None:
        """Parts may only come after parts, and never in a circle."""
        ids = [one.id for one in found.parts]
        after = {one.id: set(one.after) for one in found.parts}
        for n, part in enumerate(found.parts):
            for k, id in enumerate(part.after):
                if id not in ids:
                    hint = nearest(id, ids) or f"one of: {', '.join(ids)}"
                    self.add("error", ("parts", n, "after", k), f"There is no part `{short(id)}`.", hint)
            if part.id in _before(after, part.id):
                words = f"`{part.id}` would have to be done before itself."
                self.add("error", ("parts", n, "after"), words, "Leave one of them out.")
            elif part.once and any(not other.once for other in found.parts if other.id in part.after):
                words = "It is done once, after a part that is done again and again."
                self.add("warning", ("parts", n, "once"), words, "once: true for the part before it too")

    def packs(self, found: Program) -> None:
        seen: dict[str, str] = {}
        for n, part in enumerate(found.parts):
            for k, pack in enumerate(part.packs):
                if pack.id in seen:
                    words = f"`{pack.id}` is for `{seen[pack.id]}` already; here only for sessions that name the part."
                    self.add("warning", ("parts", n, "packs", k), words, "fieldkit host --part, or one part a pack")
                seen.setdefault(pack.id, part.id)

    def titles(self, found: Program) -> None:
        langs = list(found.title)
        for place, title in [((), found.title), *((("parts", n), one.title) for n, one in enumerate(found.parts))]:
            if not title:
                self.add("error", (*place, "title"), "It has no title.", "title: {en: …}")
            elif lacking := [lang for lang in langs if lang not in title]:
                words = f"It lacks {', '.join(lacking)}; people read {next(iter(title))} there."
                self.add("warning", (*place, "title"), words, f"{lacking[0]}: …")

    def signs(self, value: Any, place: Place) -> None:
        """Signs that paint on a terminal or turn a line around."""
        if isinstance(value, str):
            if painting(value):
                self.add("error", place, "It holds a sign that nobody can see.", "Write it again by hand.")
        elif isinstance(value, dict):
            for key, one in value.items():
                self.signs(one, (*place, key))
        elif isinstance(value, list):
            for n, one in enumerate(value):
                self.signs(one, (*place, n))


def _around(outer: str, place: str) -> bool:
    return place.startswith(outer) and place[len(outer) :][:1] in ("", ".", "[")


def _before(after: dict[str, set[str]], id: str) -> set[str]:
    """Every part that has to be done before this one."""
    found: set[str] = set()
    waiting: Iterable[str] = after.get(id, set())
    while new := {one for one in waiting if one not in found}:
        found |= new
        waiting = {before for one in new for before in after.get(one, set())}
    return found


def find_program(name: str) -> Path:
    """The file that `name` means: a path, else the id of a program that came along. Raises NotPossible."""
    path = Path(name).expanduser()
    try:
        if path.is_file():
            return path
    except (OSError, ValueError):
        pass
    shipped = {one.stem: one for one in sorted((Path(__file__).parent / "programs").glob("*.yaml"))}
    if name not in shipped:
        raise NotPossible(f"There is no program at {short(name, 120)}.", f"A file, or one of: {', '.join(shipped)}.")
    return shipped[name]
