"""order: things put in order by tapping.

Packs may plan it; this release does not run it, and says so before the session begins.
"""

from __future__ import annotations

from fieldkit.core.activities.base import Waits

KIND = Waits("order", "things put in order by tapping")
