"""What is asked before a session and weeks after it, asked in a room instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stories.processes import Host, run


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "asked", "answer"), [("after-week", "later-shift", "hand"), ("prework", "card-count", "3")]
)
def test_a_set_is_a_session_of_its_own_questions_and_completes_nothing(
    part: str, asked: str, answer: str, tmp_path: Path
) -> None:
    roster = tmp_path / "crew.csv"
    roster.write_text("badge,name\nE1,Ana Ruiz\nE2,Bo\n", "utf-8")
    home = tmp_path / "laptop"

    def table(what: str, *more: str) -> list[dict[str, Any]]:
        out = ("--as", "json", "-o", "-", "--data", str(home))
        rows: list[dict[str, Any]] = json.loads(run("export", "last", "--what", what, *more, *out).stdout)
        return rows

    with Host(home, "loto-basics", "--set", part, "--roster", str(roster)) as host:
        assert host.ctl("checkin", "E1")["result"] == host.ctl("next")["result"] == "accepted"
        status = host.ctl("status")
        assert ([one["activity"] for one in status["open"]], status["steps"]) == ([asked], 1), "nothing else is planned"
        assert "/kiosk?t=" in host.ctl("kiosk")["url"]
        host.ctl("proxy", "E1", asked, answer)
        host.ctl("end")
        assert host.wait() == 0
    assert [(row["person_id"], row["activity"], row["value"]) for row in table("answers")] == [("E1", asked, answer)]
    here = [(row["person_id"], row["attendance_status"], row["completed"]) for row in table("attendance")]
    assert here == [("E1", "present", ""), ("E2", "absent", "")]
    (mapped,) = table("attendance", "--map", "generic-completion")
    assert mapped["status"] != "Completed"
    told = run("export", "last", "--what", "all", "--as", "xapi", "-o", "-", "--data", str(home)).stdout
    assert {one["verb"]["id"].rpartition("/")[2] for one in json.loads(told)} == {"answered"}, "nobody attends a set"
