"""Entries that bear one name: to be told apart, and perhaps one person who stands there twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fieldkit.core.views import PersonLine


def folded(name: str) -> str:
    """A name as people compare it: case and spaces set aside."""
    return " ".join(name.casefold().split())


def _by_name(people: Iterable[PersonLine]) -> list[list[PersonLine]]:
    """Those of each name that more than one entry bears; whoever has none is nobody's namesake."""
    found: defaultdict[str, list[PersonLine]] = defaultdict(list)
    for one in people:
        if name := folded(one.name):
            found[name].append(one)
    return [some for some in found.values() if len(some) > 1]


def namesakes(people: Iterable[PersonLine]) -> set[str]:
    """By `p`, whose name another entry bears too."""
    return {one.p for some in _by_name(people) for one in some}


def doubles(people: Iterable[PersonLine]) -> set[str]:
    """By `p`, who may stand there twice: of one name somebody on the list is not here, and a walk-in is. Entries that
    were taken out stand there no more."""
    found: set[str] = set()
    for some in _by_name(one for one in people if one.status != "removed"):
        walked = [one for one in some if one.walkin]
        missing = [one for one in some if not one.walkin and (one.status == "expected" or one.mark == "absent")]
        if walked and missing:
            found |= {one.p for one in some}
    return found
