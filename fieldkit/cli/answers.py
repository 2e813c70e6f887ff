"""What `central ingest` answers: one line a session on standard output, and in words what somebody has to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.cli import talk

if TYPE_CHECKING:
    from fieldkit.sync.central.take import Outcome

STEPS = {
    "unknown-device": (
        "A laptop that is not on the trust list waits here; nothing is lost.",
        "Enrol it: fieldkit central enrol --home DIR enrol.note --words WORDS; then central ingest --home DIR --held"
        "{words} takes it in.",
    ),
    "revoked": ("A laptop whose key was revoked sent records.", "Find out when they were made; they stay held."),
    "expired": ("A laptop whose key has run out sent records.", "Find out when they were made; they stay held."),
    "not-yet-valid": ("A laptop's key is valid only from later on.", "Is the clock of this machine right?"),
    "other-key": (
        "A laptop's name came with another key than before.",
        "Which of the two is the copy? Ask its trainer.",
    ),
    "no-plan": ("A session came without its compiled pack.", "Let the laptop bundle it again."),
    "fork": (
        "A laptop signed two histories of one session.",
        "fieldkit central findings --home DIR shows both roots; fieldkit central resolve keeps one.",
    ),
    "known-fork": (
        "A history that somebody decided against came again; it stays evidence.",
        "fieldkit central findings --decided --home DIR says when and why.",
    ),
}
"""Reason of a held session, or `fork` → (sentence, next step); `{words}`: what a file sealed to words needs too."""

WORDS = "Ask its trainer for the six words: fieldkit central ingest --home DIR --held --words WORDS takes it in."
HINTS = {
    "needs-words": WORDS,
    "wrong-words": WORDS,
    "held-full": "Nothing of it is kept here: keep the stick. Decide about what waits (fieldkit central findings, then"
    " ingest --held or discard), or raise held_mb in central.toml; then ingest it again.",
    "check-killed": "A copy is kept in held. Is there memory enough? Then judge it alone: fieldkit central ingest"
    " --home DIR --held.",
    "sealed": "It is sealed to a key that this central does not have. Is keys/age.key the right one?",
}
"""Reason of a refused file → what to do; for every other reason the laptop bundles it again."""


def now() -> int:
    """Head office's clock, in Unix seconds."""
    from fieldkit.clock import SystemClock

    return SystemClock().wall_ms() // 1000


def rows(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """Every answer as `--json` tells it."""
    return [{"origin": one.origin, "size": one.size, "result": one.result, "reason": one.reason} for one in outcomes]


def tell(outcomes: list[Outcome], json: bool, words: bool = False) -> None:
    """Every answer, for a program or for a person. `words`: six words were needed to open files."""
    if json:
        talk.emit({"sessions": rows(outcomes)})
        return
    for one in outcomes:
        why = f" ({one.reason})" if one.reason and one.reason != one.result else ""
        size = "" if one.size is None else f"  {one.size} records"
        talk.data(f"{one.result}{why}  {one.origin or one.file or 'unreadable'}{size}")
    _advise(outcomes, words)


def _advise(outcomes: list[Outcome], words: bool) -> None:
    """What is wrong with each file, and the next step; a step that several sessions need is said once."""
    said: set[str] = set()
    for one in outcomes:
        if one.result == "refused" and one.reason != "unreadable":
            wrong = one.detail or "these bytes are not what they claim to be"
            hint = HINTS.get(one.reason, "A copy is kept in held; ask the laptop for a new bundle.")
            talk.warn(f"{one.file}: {wrong}.", hint)
        step = STEPS.get(one.reason if one.result in ("held", "fork") else one.result)
        if step is not None and step[0] not in said:
            said.add(step[0])
            talk.warn(step[0], step[1].replace("{words}", ' --words "…"' if words else ""))
