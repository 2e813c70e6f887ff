"""The first lines: where in the session we are, how people join, which step runs."""

from __future__ import annotations

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.panels.figures import asked, clock, pace, phase_word, state_word, step_label, type_word
from fieldkit.tui.panels.sheet import step_word
from fieldkit.tui.safe import Block, Content, fit, join, plain, width_of
from fieldkit.tui.say import _
from fieldkit.tui.tools import Invite

SLOW_MS = 1500
"""A commit that takes longer is said: the disk lags."""


def spread(left: Content, right: Content, width: int) -> Content:
    """One line: the left part gives way with …, the right one never does."""
    room = width - right.cell_length - 1
    if room < 4:
        return fit(join(left, plain(" "), right), width)
    return join(fit(left, room), plain(" "), right)


def title_line(view: RoomView, width: int, *, trouble: bool = False, label: str = "") -> Content:
    name = join(
        plain(" fieldkit  ", "bold $accent"),
        plain(f"{label}  " if label else "", "bold $waiting"),
        plain(view.title, "bold"),
        plain(f" · {view.site}" if view.site else "", "$muted"),
    )
    time = plain(_("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms)))
    if view.alarm is not None:
        middle = plain(f"!! {_('ALARM')}", "bold $refused")
    elif view.state == "paused":
        middle = plain("‖ " + _("paused"), "bold $waiting")
    elif view.state == "ended":
        middle = plain(_("ended"), "bold")
    elif view.segment is None:
        middle = plain(_("not begun"), "$muted")
    else:
        middle = pace(view.pace_s)
    saved = plain(_("SAVED {n}", n=view.saved), "bold $saved")
    if trouble:
        saved = plain(_("NOT SAVED"), "bold $refused")
    elif view.lag_ms >= SLOW_MS:
        saved = plain(_("SAVED {n}, disk slow {s} s", n=view.saved, s=view.lag_ms // 1000), "bold $refused")
    elif (
        name.cell_length + time.cell_length + middle.cell_length + width_of(_("SAVED {n} records", n=view.saved))
        < width - 6
    ):
        saved = plain(_("SAVED {n} records", n=view.saved), "bold $saved")
    return spread(name, join(time, plain("  "), middle, plain("  "), saved, plain(" ")), width)


def join_line(view: RoomView, invite: Invite | None, width: int) -> Content:
    label = plain(f" {_('JOIN')}  ", "$muted")
    if invite is None:
        left = join(label, plain(_("not on the network yet"), "$muted"))
    else:
        left = join(
            label,
            plain(invite.url, "bold"),
            plain(f"  {_('code')} ", "$muted"),
            plain(invite.code, "bold"),
        )
    phones = _("phones {n}", n=view.live)
    away, none = _("away {n}", n=view.away), _("no phone {n}", n=view.no_phone)
    # A long address leaves no room: what is nought goes first, then all but the phones. The codes always stay.
    some = [x for x, n in ((away, view.away), (none, view.no_phone)) if n]
    digits = invite.fresh if invite is not None else ""
    long, short = (plain(f"  {x}" if digits else "", "$muted") for x in fresh_words(digits))
    tries = [([phones, away, none], long), *((x, short) for x in ([phones, away, none], [phones, *some], [phones]))]
    for words, fresh in tries:
        counts, whole = plain("  ".join(words) + " "), join(left, fresh)
        # The long words only where a gap stays beside them.
        if whole.cell_length + counts.cell_length < width - (3 if fresh is long else 0):
            break
    return spread(whole, counts, width)


def fresh_words(digits: str) -> tuple[str, str]:
    """The code of the moment, in full and in short."""
    return _("fresh code {digits}", digits=digits), _("fresh {digits}", digits=digits)


def step_line(view: RoomView, shown: RoundLine | None, width: int, *, helps: bool = False) -> Content:
    """`helps`: on the screen of a helper, who does not go on by themselves."""
    phase = next((s.phase for s in view.plan if s.id == view.segment), "")
    if view.segment is None:
        begin = _("the trainer begins") if helps else _("press n to begin")
        left = join(plain(f" {_('STEP')} –", "$muted"), plain(f"  {begin}", "bold $accent"))
    else:
        # What the step does stands before its words, unless its question says so itself at the right.
        own = shown is not None and is_own(view, shown)
        does = "" if own or not view.step_do else step_word(view.step_do) + ": "
        left = join(
            plain(f" {_('STEP')} ", "$muted"),
            plain(f"{view.step or '–'}/{view.steps} ", "bold"),
            plain(phase_word(phase), "$muted"),
            plain("  ▸ "),
            plain(does, "$muted"),
            plain(step_label(view.label)),
        )
    if shown is None or not is_own(view, shown):
        return fit(left, width)
    kind = plain(_("{type}  round {n}", type=type_word(shown.type), n=shown.round), "$muted")
    return spread(left, join(kind, plain("  "), state_word(shown), plain(" ")), width)


def is_own(view: RoomView, shown: RoundLine) -> bool:
    """Whether the round is the question of the step that is on."""
    return bool(view.step_activity) and shown.activity == view.step_activity


def other_line(shown: RoundLine, width: int) -> Content:
    """A question that is not this step's: on a line of its own, so that nobody takes it for the step."""
    kind = plain(_("{type}  round {n}", type=type_word(shown.type), n=shown.round) + " ", "$muted")
    if shown.state == "open":
        left = "" if shown.left_ms is None else f" {clock(shown.left_ms)} "
        return spread(
            join(plain(f" {_('OPEN')}  ", "bold $accent"), plain(asked(shown))),
            join(kind, plain(left, "bold $accent")),
            width,
        )
    return spread(join(plain(" "), state_word(shown), plain("  "), plain(asked(shown))), kind, width)


class Head(Block):
    """Three lines, and a fourth for a question that is not the step's own."""

    label = ""
    """What kind of session this is, when it is not a real one."""

    def show_room(
        self,
        view: RoomView,
        invite: Invite | None,
        shown: RoundLine | None,
        *,
        trouble: bool = False,
        helps: bool = False,
    ) -> None:
        width = self.size.width
        lines = [title_line(view, width, trouble=trouble, label=self.label), join_line(view, invite, width)]
        lines.append(step_line(view, shown, width, helps=helps))
        if shown is not None and not is_own(view, shown):
            lines.append(other_line(shown, width))
        self.show(*lines)
        if self.size.height != len(lines):
            # After another width it keeps the height that lines too long for it would have had.
            self.refresh(layout=True)
