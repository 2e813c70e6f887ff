"""truefalse: a statement, right or wrong. On the wire the value is `["true"]` or `["false"]`."""

from __future__ import annotations

from fieldkit.core.activities.base import OptionKind
from fieldkit.core.plan import Activity, Option

PLAIN = [Option(id="true", text=["True"]), Option(id="false", text=["False"])]


class TrueFalse(OptionKind):
    name = "truefalse"

    def options(self, a: Activity) -> list[Option]:
        # The compiler writes both in every language; a question from elsewhere still gets its two answers.
        return a.options or PLAIN
