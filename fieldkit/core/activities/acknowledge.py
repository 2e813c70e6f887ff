"""acknowledge: a worker signs with name and meaning (`ack.sign`). Its result is who signed, not a count of options."""

from __future__ import annotations

from fieldkit.core.activities.base import Open


class Acknowledge(Open):
    name = "acknowledge"
    votes = False
    takes = "ack"
    personal = True
    revealable = False
