"""The right side: how many answered, and who is missing and why."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.namesakes import namesakes
from fieldkit.core.views import PersonLine, RoomView, RoundLine
from fieldkit.tui.panels.figures import because, missing_word
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _


def who_lines(view: RoomView, shown: RoundLine | None, width: int, height: int) -> list[Content]:
    if shown is None:
        expected = [p for p in view.people if p.status == "expected"]
        top = [plain(_("still to come"), "$muted")] if expected else []
        return [*top, *_names(_told_apart(expected, view, width), width, height - len(top))]
    if shown.state != "open":
        out = answered_lines(shown)
        if shown.sure_wrong_n:
            out += [plain(""), plain(_("sure and wrong: {n}", n=shown.sure_wrong_n), "bold $waiting")]
        out = [fit(line, width) for line in out]
        return [*out, *_names(_told_apart(shown.sure_wrong, view, width), width, height - len(out))]
    out = [fit(_("answered {n} of {of} present", n=shown.answered, of=shown.of), width, "bold"), plain("")]
    if not shown.missing_n:
        everybody = _("everybody has answered") if shown.of else _("nobody is here yet")
        out += wrap(everybody, width, 2, "$saved" if shown.of else "$muted")
        return [*out, *_never(view, width, height - len(out))]
    out.append(plain(_("missing {n}", n=shown.missing_n), "$muted"))
    if not shown.missing:
        # Names would tell who said what; how many of those present cannot answer by themselves tells nothing.
        reasons = [(_("away {n}", n=view.away), view.away), (_("no phone {n}", n=view.no_phone), view.no_phone)]
        out += [plain("· " + words, "$muted") for words, n in reasons if n]
    # How many never came has its line whatever happens; names of whom the room waits for come before theirs.
    kept = 1 if any(p.status == "expected" for p in view.people) else 0
    twins = namesakes(view.people) if shown.missing else set()
    out += _names([missing_word(p, width, twins) for p in shown.missing], width, height - len(out) - kept)
    return [*out, *_never(view, width, height - len(out))]


def answered_lines(line: RoundLine) -> list[Content]:
    """How many have answered, and of those how many are right."""
    out = [plain(_("answered {n} of {of} present", n=line.answered, of=line.of), "bold")]
    if line.graded and line.right is not None and line.answered:
        out.append(plain(_("right {n} of {of}", n=line.right, of=line.answered)))
    return out


def _never(view: RoomView, width: int, height: int) -> list[Content]:
    """Who is expected and never came, below those who are here: nobody in the room waits for them."""
    never = _told_apart([p for p in view.people if p.status == "expected"], view, width)
    if not never or height < 1:
        return []
    gap = [plain("")] if len(never) + 2 <= height else []
    head = [*gap, fit(_("never came {n}", n=len(never)), width, "$muted")]
    return [*head, *_names(never, width, height - len(head))]


def _told_apart(people: Iterable[PersonLine], view: RoomView, width: int) -> list[Content]:
    """Their names; of who bears the name of somebody else in the session the badge too."""
    some = list(people)
    twins = namesakes(view.people) if some else set()
    return [because(p, "", width, twins) for p in some]


def _names(people: list[Content], width: int, height: int) -> list[Content]:
    """One a line when they fit, else the first ones and how many more."""
    if height < 1:
        return []
    kept = people if len(people) <= height else people[: height - 1]
    lines = [fit(join(plain("· "), each), width) for each in kept]
    if len(kept) < len(people):
        lines.append(fit(_("and {n} more: press w", n=len(people) - len(kept)), width, "$muted"))
    return lines


class Who(Block):
    """Answered and missing."""

    def show_room(self, view: RoomView, shown: RoundLine | None) -> None:
        if self.size.width > 0 and self.size.height > 0:
            self.show(*who_lines(view, shown, self.size.width, self.size.height))
