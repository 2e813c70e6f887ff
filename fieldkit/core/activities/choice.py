"""choice: a question with a right answer (one option, or several with `multiple`; all or nothing)."""

from __future__ import annotations

from fieldkit.core.activities.base import OptionKind


class Choice(OptionKind):
    name = "choice"
