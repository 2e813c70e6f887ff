"""What people are called by what they do."""

from __future__ import annotations

from fieldkit.tui.say import _


def role_word(role: str) -> str:
    return {
        "trainer": _("trainer"),
        "cotrainer": _("second trainer"),
        "interpreter": _("interpreter"),
        "evaluator": _("evaluator"),
        "observer": _("observer"),
        "helper": _("helper"),
        "lead": _("second lead"),
        "remote": _("phone as remote"),
    }.get(role, role)
