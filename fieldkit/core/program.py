"""A program: sessions over weeks that belong together, and who needs them.

A program has parts. A session is for a part when it says so (`program` and `part` of `session.open`), when it makes up
a session that was, or when its pack is one of the part's; a credit for the whole pack stands for it too. What somebody
has done of it, and what is missing, is `core.standing`'s business; this is what the author of the program wrote.
"""

from __future__ import annotations

import functools
from datetime import date

import msgspec

from fieldkit.core.models import learn

SEGMENT, SESSION = "segment", "session"
MAKE_UPS = (SEGMENT, SESSION)
"""What somebody owes who missed something: that segment alone, or the whole session again."""
MAKE_UP_DAYS = 90
REMIND_DAYS = 30
"""Days before the end from which a program without reminders of its own calls somebody due."""
Titles = dict[str, str]
"""Language → text; the first one is the program's own."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all parts of a program: frozen."""


class PackAtLeast(Piece, frozen=True):
    """A pack that fulfils a part, from this version on."""

    id: str
    version: str = "0.0.0"


class Part(Piece, frozen=True):
    id: str
    title: Titles
    packs: tuple[PackAtLeast, ...] = ()
    """Any of them; none: only sessions that name the part."""
    after: tuple[str, ...] = ()
    """Parts that have to be done before this one counts."""
    credit: bool = True
    once: bool = False
    """Done once it is done for good; else each completion of the program takes it anew."""


class Need(Piece, frozen=True):
    """People who need the program: one of the words in every list that is not empty. Case and outer blanks are the
    same."""

    crew: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    employer: tuple[str, ...] = ()


class MakeUp(Piece, frozen=True):
    by: str = SEGMENT
    days: int = MAKE_UP_DAYS
    """What lies further apart does not add up to one part."""


class Validity(Piece, frozen=True):
    months: int
    remind_days: tuple[int, ...] = ()


class Cohort(Piece, frozen=True):
    """People who go through it together; `start` is the first day of week 1."""

    id: str
    start: date
    title: Titles = {}


class Within(msgspec.Struct, frozen=True):
    """What a session is for, as it says when it opens. Empty: nothing."""

    program: str = ""
    part: str = ""
    cohort: str = ""
    makes_up: str = ""
    """The origin of the session that it makes up."""


class Program(Piece, frozen=True):
    id: str
    version: str
    title: Titles
    parts: tuple[Part, ...]
    task: str = ""
    """What somebody may do who has completed it; several programs may name the same task, then all are needed."""
    needs: tuple[Need, ...] = ()
    within_days: int | None = None
    """The days in which one completion has to happen, first part to last."""
    validity: Validity | None = None
    """None: as long as the packs of its parts say."""
    make_up: MakeUp = MakeUp()
    cohorts: tuple[Cohort, ...] = ()

    def part(self, id: str) -> Part | None:
        return next((one for one in self.parts if one.id == id), None)

    def listing(self, pack: str, version: str) -> Part | None:
        """The first part that this version of a pack fulfils."""
        found = version_key(version)
        for part in self.parts:
            if any(one.id == pack and found >= version_key(one.version) for one in part.packs):
                return part
        return None

    @property
    def due_days(self) -> int:
        """Days before the end from which somebody is due: the first reminder."""
        reminders = self.validity.remind_days if self.validity is not None else ()
        return max(reminders, default=REMIND_DAYS)

    def needed_by(self, crew: str, role: str, site: str, employer: str) -> bool:
        """Whether somebody with these words on the roster needs it."""
        mine = {"crew": crew, "role": role, "site": site, "employer": employer}
        return any(all(_one_of(getattr(need, field), word) for field, word in mine.items()) for need in self.needs)


learn(Program)


def say(titles: Titles, lang: str = "") -> str:
    """The text in `lang`, else in the program's own language."""
    return titles.get(lang) or next(iter(titles.values()), "")


def same_word(left: str, right: str) -> bool:
    """Whether two words of rosters mean one crew, role, site or employer."""
    return left.strip().casefold() == right.strip().casefold()


def _one_of(wanted: tuple[str, ...], word: str) -> bool:
    return not wanted or any(same_word(one, word) for one in wanted)


@functools.lru_cache(4096)
def version_key(version: str) -> tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]:
    """SemVer's order (https://semver.org/#spec-item-11): numbers, then a release over its pre-releases.

    What is no version comes before all others, so it never fulfils a minimum but `0.0.0`.
    """
    core, _, pre = version.partition("+")[0].partition("-")
    numbers = core.split(".")
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in numbers):
        return (0, 0, 0), 1, ()
    words = tuple((0, int(w), "") if w.isascii() and w.isdigit() else (1, 0, w) for w in pre.split(".")) if pre else ()
    return tuple(map(int, numbers)), 0 if pre else 1, words
