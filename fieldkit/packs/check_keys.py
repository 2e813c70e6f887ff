"""Whether what an activity asks can be answered, and its key judged: options, answers, targets, groups, items.

All of it is errors, as in `fieldkit.packs.check_rules`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fieldkit.packs import kinds
from fieldkit.packs.kinds import AnyActivity, Key
from fieldkit.packs.load import Loaded
from fieldkit.packs.problem import Place, nearest, short

OPTIONS_MAX = 6
"""Letters A to F: what a hall can still read, and what a paper sheet has."""
ITEMS_MAX = 40
"""Lines of one checklist: more than that nobody watches while somebody works."""
TARGETS_MAX = 24
DIGITS_MAX = 15
"""Digits of a number as it can be typed on a phone and compared without rounding."""
ELSEWHERE = "elsewhere"
"""What a tap beside all targets counts as."""


def check_key(out: Loaded, a: AnyActivity, place: Place) -> None:
    """Add what is wrong inside one activity of pack.yaml."""
    _Keys(out, place, bool(getattr(a, "graded", False))).judge(a)


def as_list(answer: Key | None) -> list[str]:
    """One id or several, as a list."""
    return [] if answer is None else [answer] if isinstance(answer, str) else list(answer)


class _Keys:
    def __init__(self, out: Loaded, place: Place, graded: bool) -> None:
        self.out = out
        self.place = place
        self.graded = graded

    def error(self, at: Place, sentence: str, instead: str = "") -> None:
        """A problem at a place inside the activity."""
        self.out.error((*self.place, *at), sentence, instead)

    def judge(self, a: AnyActivity) -> None:
        for name in ("options", "left", "right"):
            found = getattr(a, name, None)
            if isinstance(found, dict):
                self.count(found, (name,))
        given, name = True, "answer"
        match a:
            case kinds.Choice():
                given = self.chosen(a.answer, a.options, a.multiple, ("answer",))
            case kinds.TrueFalse():
                given = a.answer is not None
            case kinds.Number():
                given = a.answer is not None and self.number(a.answer)
            case kinds.Short():
                given, name = self.spellings(a), "spellings"
            case kinds.Order():
                given = bool(a.answer)
                if given and sorted(a.answer) != sorted(a.options):
                    self.error(("answer",), "The order does not name each option once.", ", ".join(a.options))
            case kinds.Match():
                given = bool(a.answer)
                if given and (set(a.answer) != set(a.left) or not set(a.answer.values()) <= set(a.right)):
                    self.error(
                        ("answer",), "Not each on the left has one of the right.", "left id: right id, a line each"
                    )
            case kinds.Hotspot():
                given = self.hotspot(a)
            case kinds.Quiz():
                self.quiz(a)
            case kinds.Breakout():
                self.groups(a)
            case kinds.Checklist():
                self.items(a)
        if self.graded and not given:
            self.error((), "It is graded and has no answer.", f"{name}: what is right, or graded: false")

    # -- options -----------------------------------------------------------------------------------------------

    def count(self, options: dict[str, str], at: Place) -> None:
        if len(options) < 2:
            self.error(at, f"There are {len(options)} options.", "two to six")
        elif len(options) > OPTIONS_MAX:
            self.error(at, f"There are {len(options)} options; letters go from A to F.", "at most six")

    def chosen(self, answer: Key | None, options: Iterable[str], multiple: bool, at: Place) -> bool:
        """Whether there is an answer at all; says what is wrong with it."""
        ids = as_list(answer)
        known = list(options)
        for id in ids:
            if id not in known:
                near = nearest(id, known) or "one of: " + ", ".join(known)
                self.error(at, f"There is no option `{short(id)}`.", near)
        if len(set(ids)) != len(ids):
            self.error(at, "An option is named twice.", "each once")
        if len(ids) > 1 and not multiple:
            self.error(at, "Several are right, and only one may be chosen.", "multiple: true, or one id")
        return bool(ids)

    # -- typed answers -----------------------------------------------------------------------------------------

    def number(self, answer: kinds.NumberAnswer) -> bool:
        at: Place = ("answer",)
        span = answer.min is not None or answer.max is not None
        if (answer.exact is not None) == span:
            self.error(at, "A number is right by `exact`, or by `min` and `max`.", "{exact: 4} or {min: 3, max: 5}")
        elif answer.tolerance is not None and answer.exact is None:
            self.error((*at, "tolerance"), "A tolerance belongs to `exact`.", "{exact: 4, tolerance: 0.5}")
        elif answer.min is not None and answer.max is not None and answer.min > answer.max:
            self.error(at, "The smallest number is above the largest.", "min below max")
        elif answer.exact is not None and len(_digits(answer.exact)) > DIGITS_MAX:
            self.error((*at, "exact"), f"Nobody types more than {DIGITS_MAX} digits.", "fewer digits, or min and max")
        return True

    def spellings(self, a: kinds.Short) -> bool:
        for n, one in enumerate(a.spellings):
            if not one.strip():
                self.error(("spellings", n), "It is empty.", "a word that is accepted")
            elif a.max_chars is not None and len(one) > a.max_chars:
                self.error(("spellings", n), f"Nobody can type it: {a.max_chars} characters are allowed.", "max_chars")
        return any(one.strip() for one in a.spellings)

    # -- pictures ----------------------------------------------------------------------------------------------

    def hotspot(self, a: kinds.Hotspot) -> bool:
        """With a key both ways of answering have one; without, neither: the taps of the room are its result."""
        words = a.fallback
        self.count(words.options, ("fallback", "options"))
        there = self.chosen(words.answer, words.options, True, ("fallback", "answer"))
        given = self.chosen(a.answer, a.targets, True, ("answer",))
        if a.answer is not None and not a.targets:
            self.error(("targets",), "There is nothing to tap.", "id: {shape: circle, at: [x, y, r]}")
        if given and not there:
            self.error(("fallback",), "The picture has an answer and its fallback has none.", "answer: [id]")
        elif there and not given:
            self.error(("fallback", "answer"), "The fallback has an answer and the picture has none.", "Delete it.")
        if len(a.targets) > TARGETS_MAX:
            self.error(("targets",), f"There are {len(a.targets)} targets.", f"at most {TARGETS_MAX}")
        for id, target in a.targets.items():
            self.target(id, target)
        # Without a key the same id is the same place, in words or as a tap, and its row has a name.
        for id in words.options if given or there else ():
            if id in a.targets:
                self.error(("fallback", "options", id), f"`{id}` is also a target.", f"{id}_words"[:32])
        for at, ids in ((("targets",), a.targets), (("fallback", "options"), words.options)):
            if ELSEWHERE in ids:
                self.error((*at, ELSEWHERE), f"The id `{ELSEWHERE}` is reserved.", "another id")
        return given

    def target(self, id: str, target: kinds.Target) -> None:
        at: Place = ("targets", id, "at")
        want = 3 if target.shape == "circle" else 4
        if len(target.at) != want:
            self.error(at, f"A {target.shape} has {want} numbers.", "fractions from 0 to 1")
        elif not target.at[2] or not target.at[-1]:
            self.error(at, "The target has no size.", "fractions from 0 to 1")
        elif target.shape == "rect" and (target.at[0] + target.at[2] > 1.0001 or target.at[1] + target.at[3] > 1.0001):
            self.error(at, "The target leaves the picture.", "x + width and y + height at most 1")

    # -- several at once ---------------------------------------------------------------------------------------

    def quiz(self, a: kinds.Quiz) -> None:
        for id, times in Counter(q.id for q in a.questions).items():
            if times > 1:
                self.error(("questions",), f"`{id}` is used {times} times.", "Give each an id of its own.")
        for n, q in enumerate(a.questions):
            spot: Place = ("questions", n)
            if isinstance(q, kinds.ChoiceQuestion):
                self.count(q.options, (*spot, "options"))
                given = self.chosen(q.answer, q.options, q.multiple, (*spot, "answer"))
            else:
                given = q.answer is not None
            if self.graded and not given:
                self.error(spot, "The quiz is graded and this question has no answer.", "answer: what is right")

    def groups(self, a: kinds.Breakout) -> None:
        said = (a.group_size is not None) + (a.groups is not None)
        if said == 2:
            self.error(("groups",), "Groups are made by size or by number, not by both.", "group_size: 2, or groups: 4")
        elif not said and a.assign != "list":
            self.error((), "It does not say how many groups there are.", "group_size: 2, or groups: 4")

    def items(self, a: kinds.Checklist) -> None:
        if not a.items:
            self.error(("items",), "The checklist is empty.", "id: {text: what is shown}")
        elif len(a.items) > ITEMS_MAX:
            self.error(("items",), f"There are {len(a.items)} items.", f"at most {ITEMS_MAX}")
        if a.pass_ is not None and a.pass_.items_min > len(a.items):
            self.error(("pass", "items_min"), f"There are {len(a.items)} items.", f"{len(a.items)}")


def _digits(x: float) -> str:
    """The digits of a number as a person writes it."""
    from decimal import Decimal

    return format(Decimal(repr(x)), "f").replace(".", "").lstrip("-0")
