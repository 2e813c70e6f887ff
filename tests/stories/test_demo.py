"""`fieldkit demo` with packs that hold every type: a whole session over real sockets, to head office and back."""

from __future__ import annotations

import csv
import re

import pytest

from tests.stories.processes import run


@pytest.mark.parametrize(
    ("pack", "told"),
    [
        ("forklift-preuse", ["hotspot", "breakout", "3 groups", "order", "short", "number", "signed off"]),
        ("hygiene-handwash", ["wordcloud", "poll", "match", "quiz", "groups (B:", "points gained", "prompt"]),
    ],
)
def test_simulated_workers_play_a_whole_pack(pack: str, told: list[str]) -> None:
    """Every question is answered by every phone, whatever its type, and the evening ends with a verified bundle."""
    done = run("demo", "--pack", pack, "--phones", "7", "--headless")
    said = done.stderr
    assert "Bundle sealed, verified, stored at head office, receipt accepted." in said
    for words in told:
        assert words in said, f"{words}\n{said}"
    counted = [(int(a), int(b)) for a, b in re.findall(r"^ +(\d+) of (\d+) answered", said, re.MULTILINE)]
    assert len(counted) > 8
    for block in re.split(r"^  \d\d:\d\d  ", said, flags=re.MULTILINE):
        found = re.search(r"^ +(\d+) of (\d+) answered", block, re.MULTILINE)
        if found and not block.startswith("prompt"):
            # Number 0 has no phone: the badge at the laptop answers nothing.
            assert int(found[1]) >= int(found[2]) - 1, block
    rows = list(csv.reader(done.stdout.splitlines(), delimiter=" ", skipinitialspace=True))
    assert len(rows) == 9 and sum(row[-1] == "yes" for row in rows) >= 1
