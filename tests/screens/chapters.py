"""The chapters of the book in their order."""

from __future__ import annotations

from tests.screens import (
    scenes_after,
    scenes_begin,
    scenes_home,
    scenes_keys,
    scenes_kinds,
    scenes_live,
    scenes_people,
    scenes_trouble,
)
from tests.screens.book import Chapter

CHAPTERS: tuple[Chapter, ...] = (
    scenes_home.FIRST,
    scenes_home.WEEK,
    scenes_begin.BEGIN,
    scenes_home.DRY,
    scenes_live.BEGIN,
    scenes_people.DOORS,
    scenes_live.QUESTION,
    scenes_kinds.KINDS,
    scenes_kinds.PRACTICE,
    scenes_people.PEOPLE,
    scenes_trouble.TROUBLE,
    scenes_trouble.ALARM,
    scenes_trouble.BESIDE,
    scenes_after.AFTER,
    scenes_home.HOMEWARD,
    scenes_keys.KEYS,
    scenes_keys.ERASING,
)
