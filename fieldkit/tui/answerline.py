"""One answer of head office, as the command line hands it to the terminal."""

from __future__ import annotations

import msgspec


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """What head office said to one question that was kept for the expert; `at` local time. `closed`: there is no
    answer, and `text` says why."""

    question: str
    text: str
    by: str = ""
    at: str = ""
    office: str = ""
    closed: bool = False
