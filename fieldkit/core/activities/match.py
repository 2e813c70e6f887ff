"""match: pairs.

Packs may plan it; this release does not run it, and says so before the session begins.
"""

from __future__ import annotations

from fieldkit.core.activities.base import Waits

KIND = Waits("match", "pairs")
