"""Groups of a breakout: where each sits, who is in it, who writes; then what they report back."""

from __future__ import annotations

from fieldkit.core.views import GroupView, RoundLine
from fieldkit.tui.panels.said import newest
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _, count


def group_name(group: GroupView) -> str:
    """Its label, else its number."""
    return group.label or _("group {n}", n=group.no)


def group_row(group: GroupView, width: int) -> Content:
    """`1 Group A  4 · North bench · Ana (writes), Bo, Li`."""
    who = [
        f"{n} ({_('writes')})" if p == group.scribe_p else n for p, n in zip(group.members, group.names, strict=True)
    ]
    parts = [group.place] if group.place else []
    parts += [", ".join(who)] if who else []
    head = join(
        fit(str(group.no), 3, "$muted", right=True),
        plain(" "),
        plain(group_name(group), "bold"),
        plain("  "),
        plain(count("{n} person", "{n} people", group.size), "$muted"),
        plain("".join(f"  ·  {p}" for p in parts)),
    )
    return fit(head, width)


def breakout_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """The groups, and below them as many reports as fit; reports come before the last groups."""
    if not line.groups:
        return [plain(" " + _("No groups yet: [G] makes them."), "$muted")]
    reports = line.texts
    least = min(len(reports) * 2, max(0, height // 2)) if reports else 0
    room = max(1, height - least - (1 if reports else 0))
    kept = len(line.groups) if len(line.groups) <= room else max(1, room - 1)
    out = [group_row(g, width) for g in line.groups[:kept]]
    if kept < len(line.groups):
        out.append(plain("   " + _("… {n} more: press G", n=len(line.groups) - kept), "$muted"))
    left = height - len(out) - 1
    if reports and left > 0:
        out += [plain(" " + _("REPORTS"), "$muted"), *newest(reports, width, left)]
    return out
