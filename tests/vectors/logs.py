"""`logs.json`: one small session as text, and what may be done to it, each with the reason for which it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from fieldkit.log.line import canonical, check, opening_line, opening_x
from fieldkit.log.merkle import leaf_hash, root_of
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.read import SessionFile
from tests.log.making import DEVICE_SIGNER, ORIGIN, PLAN, make

Lines = list[bytes]
Case = dict[str, str]
Bend = Callable[[Lines, Lines], tuple[Lines, Lines]]


async def base(folder: Path) -> tuple[Lines, Lines]:
    """Records and openings of the session, without newlines."""
    path = await make(folder / "17.db", people=2, answers=1)
    with SessionFile.open(path) as file:
        return list(file.lines()), list(file.openings())


def signed(log: Lines, origin: str = ORIGIN) -> bytes:
    """The checkpoint that the laptop would sign over these lines, whatever they are."""
    return sign_note(Checkpoint(origin, len(log), root_of(map(leaf_hash, log))).text(), DEVICE_SIGNER)


NOBODYS = b'{"i":900,"s":"MmG0qPvlS0fAEJscxxqctQ","x":{}}'


def swapped(lines: Lines, n: int = 1) -> Lines:
    return [*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]]


def in_line(n: int, old: bytes, new: bytes) -> Bend:
    """Another text in record n, and a checkpoint that is signed over it."""

    def bend(log: Lines, openings: Lines) -> tuple[Lines, Lines]:
        assert old in log[n]
        return [*log[:n], log[n].replace(old, new, 1), *log[n + 1 :]], openings

    return bend


def in_opening(old: bytes, new: bytes) -> Bend:
    def bend(log: Lines, openings: Lines) -> tuple[Lines, Lines]:
        assert old in openings[1]
        return log, [openings[0], openings[1].replace(old, new, 1), *openings[2:]]

    return bend


def renumbered(lines: Lines) -> Lines:
    """Each record with its place as its index."""
    return [canonical({**check(line), "i": n}) for n, line in enumerate(lines)]


def foreign(log: Lines, openings: Lines) -> tuple[Lines, Lines]:
    """A record of another session in place of one of this, its index fitting: the tree tells."""
    other = opening_line(1, hashlib.sha256(b"salt").digest()[:16], {"name": "Somebody Else"})
    line = {**check(log[1]), "p": "q0000000", "x": opening_x(other)}
    return [log[0], canonical(line), *log[2:]], [openings[0], other, *openings[2:]]


UNSIGNED: dict[str, tuple[Bend, str]] = {
    "a record of another session in its place": (foreign, "root-mismatch"),
    "a record dropped from the middle": (lambda a, b: ([*a[:2], *a[3:]], b), "index"),
    "the last record dropped": (lambda a, b: (a[:-1], b), "size-mismatch"),
    "a record twice": (lambda a, b: ([*a[:2], a[1], *a[2:]], b), "size-mismatch"),
    "a record twice and another dropped": (lambda a, b: ([*a[:2], a[1], *a[3:]], b), "index"),
    "a record more": (lambda a, b: ([*a, canonical({**check(a[-1]), "i": len(a), "k": "note.add", "d": {}})], b),
                      "size-mismatch"),
    "two records change places": (lambda a, b: (swapped(a), b), "index"),
    "two records change places and numbers": (lambda a, b: (renumbered(swapped(a)), b), "root-mismatch"),
    "another answer": (in_line(3, b'"v":["b"]', b'"v":["a"]'), "root-mismatch"),
    "nothing": (lambda a, b: ([], b), "size-mismatch"),
}  # fmt: skip
"""Under the checkpoint of the session as it was."""

SIGNED: dict[str, tuple[Bend, str]] = {
    "whole": (lambda a, b: (a, b), ""),
    "every opening erased": (lambda a, b: (a, []), ""),
    "one opening erased": (lambda a, b: (a, [b[0], *b[2:]]), ""),
    "a kind that nobody knows": (in_line(1, b'"k":"person.join"', b'"k":"person.beam"'), ""),
    "a field that nobody knows": (in_line(1, b'"walkin":true', b'"walkin":true,"zone":7'), ""),
    "two records change places": (lambda a, b: (swapped(a), b), "index"),
    "a record twice": (lambda a, b: ([*a[:2], a[1], *a[2:]], b), "index"),
    "a number left out": (in_line(2, b'"i":2', b'"i":3'), "index"),
    "a space": (in_line(1, b'"i":1,', b'"i": 1,'), "not-canonical"),
    "a space at the end": (in_line(1, b"}", b"} "), "not-canonical"),
    "a tab before": (in_line(1, b'{"d"', b'\t{"d"'), "not-canonical"),
    "a carriage return": (lambda a, b: ([line + b"\r" for line in a], b), "not-canonical"),
    "a byte order mark": (lambda a, b: ([b"\xef\xbb\xbf" + a[0], *a[1:]], b), "not-json"),
    "an empty line": (lambda a, b: ([a[0], b"", *a[1:]], b), "not-json"),
    "keys in another order": (in_line(1, b'"i":1,"k":"person.join"', b'"k":"person.join","i":1'), "not-canonical"),
    "a key twice": (in_line(1, b'"i":1,', b'"i":1,"i":1,'), "not-canonical"),
    "an escape that need not be": (in_line(1, b'"via":"phone"', b'"via":"\\u0070hone"'), "not-canonical"),
    "an integer as a float": (in_line(3, b'"round":1', b'"round":1.0'), "float"),
    "an exponent": (in_line(3, b'"round":1', b'"round":1e0'), "float"),
    "an integer beyond 2^53-1": (in_line(3, b'"round":1', b'"round":9007199254740992'), "int-range"),
    "minus zero": (in_line(3, b'"round":1', b'"round":-0'), "not-canonical"),
    "U+0000": (in_line(3, b'"v":["b"]', b'"v":["\\u0000"]'), "nul"),
    "half of a surrogate pair": (in_line(3, b'"v":["b"]', b'"v":["\\ud800"]'), "surrogate"),
    "no UTF-8": (in_line(3, b'"v":["b"]', b'"v":["\xff"]'), "not-utf8"),
    "an overlong slash": (in_line(3, b'"v":["b"]', b'"v":["\xc0\xaf"]'), "not-utf8"),
    "nine levels": (in_line(3, b'"v":["b"]', b'"v":' + b"[" * 9 + b"]" * 9), "depth"),
    "four thousand levels": (in_line(3, b'"v":["b"]', b'"v":' + b"[" * 4000 + b"]" * 4000), "depth"),
    "a line of more than 8192 bytes": (in_line(3, b'"v":["b"]', b'"v":["%b"]' % (b"x" * 8100)), "too-long"),
    "time goes back": (in_line(4, b'"m":120000', b'"m":60000'), "time-order"),
    "no session.open": (in_line(0, b'"k":"session.open"', b'"k":"session.opened"'), "no-session-open"),
    "a second session.open": (in_line(4, b'"k":"answer.put"', b'"k":"session.open"'), "no-session-open"),
    "another plan": (in_line(0, hashlib.sha256(PLAN).hexdigest().encode(), b"0" * 64), "no-plan"),
    "another name in an opening": (in_opening(b"Worker 0", b"Wirker 0"), "opening-mismatch"),
    "another's opening": (in_opening(b'"i":1,', b'"i":2,'), "opening-mismatch"),
    "openings change places": (lambda a, b: (a, swapped(b)), "opening-order"),
    "an opening twice": (lambda a, b: (a, [*b[:2], *b[1:]]), "opening-order"),
    "a space in an opening": (in_opening(b'"i":1,', b'"i": 1,'), "not-canonical"),
    "an opening of no record": (lambda a, b: (a, [*b, NOBODYS]), "opening-mismatch"),
}  # fmt: skip
"""Under a checkpoint that the laptop signs over the log as it is: a signature excuses no other spelling."""


def text(lines: Lines) -> str:
    """Lines as one text; bytes that are no UTF-8 as \\xNN would not come back, so such a log is hex."""
    return b"".join(line + b"\n" for line in lines).decode("utf-8")


def case(what: str, reason: str, log: Lines, openings: Lines, checkpoint: bytes) -> Case:
    made = {"what": what, "reason": reason}
    try:
        made["log"] = text(log)
    except UnicodeDecodeError:
        made["log_hex"] = b"".join(line + b"\n" for line in log).hex()
    return {**made, "openings": text(openings), "checkpoint": checkpoint.decode("utf-8")}


async def document(folder: Path) -> dict[str, object]:
    """What stands in `logs.json`."""
    log, openings = await base(folder)
    before = signed(log)
    cases = []
    for what, (bend, reason) in SIGNED.items():
        bent, kept = bend(log, openings)
        cases.append(case(f"{what}, signed" if reason else what, reason, bent, kept, signed(bent)))
    for what, (bend, reason) in UNSIGNED.items():
        cases.append(case(what, reason, *bend(log, openings), before))
    return {
        "about": "A session's lines, openings and checkpoint: no reason, and it is whole; else why it is refused.",
        "key": str(DEVICE_SIGNER.vkey),
        "plan": PLAN.decode("ascii"),
        "cases": cases,
    }
