"""scale: steps from one end to the other (confidence, agreement); an option a step, no right answer."""

from __future__ import annotations

from fieldkit.core.activities.poll import Poll


class Scale(Poll):
    name = "scale"
