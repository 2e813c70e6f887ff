"""What can go wrong, in three kinds (a refusal is a fourth thing: an answer, see core.refusals).

FieldkitError  our disk, our settings, our network: one sentence and a hint for the person standing there.
BadBytes       somebody else's bytes are wrong: a reason code that travels into verdicts and receipts.
anything else  a bug; it may end the request, never the session.
"""

from __future__ import annotations

from fieldkit import __version__


class FieldkitError(Exception):
    """Something on this laptop needs a hand.

    `hint` is the next step, one sentence. `exit_code` follows the table of exit codes: 1 the answer is no,
    2 wrong usage, 3 environment, 4 our own stored data is damaged.
    """

    exit_code = 3

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class NotPossible(FieldkitError):
    """The question was understood and the answer is no (nothing found, not verified, held)."""

    exit_code = 1


class Stopped(NotPossible):
    """Somebody stopped work that was under way; nothing half-done is left of it."""

    def __init__(self, sentence: str = "Stopped.", hint: str = "") -> None:
        super().__init__(sentence, hint)


class WrongUsage(FieldkitError):
    """What was typed, or written in a settings, roster or pack file, cannot be used as it is."""

    exit_code = 2


class DamagedData(FieldkitError):
    """Our own stored data does not say what it should; nothing is repaired in silence."""

    exit_code = 4


class DiskFull(FieldkitError):
    """The disk is full; what was sent is not saved yet and stays on the phones. Nothing else was lost."""


class BadBytes(Exception):
    """Foreign bytes that are not what they claim to be.

    `reason` is a kebab-case code (`not-canonical`, `bad-signature`, …); `detail` is for a person and never quotes
    more than a few characters of the bytes themselves.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def install(extra: str) -> str:
    """The command of a shell that brings an extra of pyproject.toml (`pdf`, `postgres`, `xlsx`), for a hint.

    It names the file of this release: under a bare name a package index may give somebody else's program.
    """
    return f"pip install './fieldkit_live-{__version__}-py3-none-any.whl[{extra}]'"
