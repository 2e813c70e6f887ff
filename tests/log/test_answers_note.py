"""The note of head office's answers: what is written is read back, and nothing else is believed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from fieldkit.errors import BadBytes
from fieldkit.log.answers_note import (
    ANSWERS_LIMIT,
    FILE,
    MOST,
    Answer,
    AnswersNote,
    answers_note,
    joined,
    note_sha,
    open_answers,
    parse_answers,
    parted,
    read_answers,
    text_of,
)
from fieldkit.log.keys import Signer
from fieldkit.log.line import opening_line, opening_x
from fieldkit.log.note import sign_note
from fieldkit.log.trust import TrustKey, TrustList
from tests.kit.central import NOON, ORG

OFFICE = Signer(f"{ORG}/office", b"o" * 32)
DEVICE, LOG = f"{ORG}/dev/7q2k", f"{ORG}/dev/m2x7p4q9k3w1/000001-3c7d9w2p"
WORDS = ("Two locks, one for each circuit.", "Ann [/] Lee \u200d=1+1 <script>", "\U0001f512" * 500)
HALVES = [opening_line(n, bytes([n]) * 16, {"name": "Zoë Álvarez", "text": text}) for n, text in enumerate(WORDS, 45)]
ANSWERS = tuple(
    Answer("000017-k3m9w2p4", 41 + n, f"{n:064x}", NOON, LOG, 45 + n, opening_x(half), closed=n == 1)
    for n, half in enumerate(HALVES)
)
NOTE = AnswersNote(ORG, DEVICE, NOON, ANSWERS, {one.x: half for one, half in zip(ANSWERS, HALVES, strict=True)})


def trusting(**more: object) -> TrustList:
    line = TrustKey("office", OFFICE.vkey, 0, NOON + 86_400, **more)  # type: ignore[arg-type]
    return TrustList(ORG, 1, NOON, NOON + 86_400, (line,), ())


def refused(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(BadBytes) as found:
        call()
    assert found.value.reason == reason, str(found.value)


def test_what_is_written_is_read_back_and_the_same_state_is_the_same_bytes() -> None:
    raw = answers_note(NOTE, OFFICE)
    assert open_answers(raw, trusting(), DEVICE, NOON) == NOTE == read_answers(raw)
    assert answers_note(replace(NOTE, halves=dict(reversed(NOTE.halves.items()))), OFFICE) == raw
    assert [NOTE.origin(one) for one in ANSWERS[:1]] == [f"{DEVICE}/000017-k3m9w2p4"] and FILE == "answers.note"
    empty = AnswersNote(ORG, DEVICE, NOON, ())
    assert open_answers(answers_note(empty, OFFICE), trusting(), DEVICE, NOON) == empty


def test_one_answer_can_be_let_go_of_and_the_others_stay_proved() -> None:
    raw = answers_note(NOTE, OFFICE)
    note, halves = parted(raw)
    less = joined(note, [half for half in halves if half != HALVES[1]])
    found = open_answers(less, trusting(), DEVICE, NOON)
    assert found.answers == ANSWERS and ANSWERS[1].x not in found.halves and len(found.halves) == 2
    assert WORDS[1].encode() not in less and note_sha(less) == note_sha(raw)


def test_forged_changed_foreign_and_revoked_ones_are_refused() -> None:
    raw, known = answers_note(NOTE, OFFICE), trusting()
    forged = answers_note(NOTE, Signer.generate(f"{ORG}/office"))
    root = answers_note(NOTE, Signer(f"{ORG}/root", b"r" * 32))
    for bad, reason in (
        (forged, "no-known-signature"),
        (root, "no-known-signature"),
        (raw.replace(b" 41 ", b" 40 ", 1), "bad-signature"),
        (raw.replace(b"Two locks", b"One lock "), "opening-mismatch"),
        (raw + HALVES[0].replace(b"Two", b"Ten") + b"\n", "opening-mismatch"),
        (raw[:-1], None),
        (raw[:-9], "opening-mismatch"),
        (raw + b"x" * 9000 + b"\n", "too-long"),
        (raw + b"\n", "opening-mismatch"),
        (raw.partition(b"=====\n")[0], "not-a-note"),
        (b"", "not-a-note"),
        (b"\0" * 100, "not-a-note"),
        (b"\n=====\n", "not-a-note"),
        (raw + b"x" * ANSWERS_LIMIT, "too-long"),
    ):
        if reason is None:
            assert open_answers(bad, known, DEVICE, NOON) == NOTE
        else:
            refused(lambda bad=bad: open_answers(bad, known, DEVICE, NOON), reason)  # type: ignore[misc]
    refused(lambda: open_answers(raw, trusting(revoked=NOON - 1), DEVICE, NOON), "no-known-signature")
    refused(lambda: open_answers(raw, known, f"{ORG}/dev/8q2k", NOON), "other-device")
    other = answers_note(replace(NOTE, org="other.example"), OFFICE)
    refused(lambda: open_answers(other, known, DEVICE, NOON), "wrong-org")


HEAD = f"fieldkit-answers/1\norg {ORG}\ndevice {DEVICE}\nas_of 2026-11-29T09:00:00Z\n"
GOOD = text_of(NOTE).split("\n")[4] + "\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + GOOD + GOOD, "bad-answers"),
        (HEAD + GOOD.replace("answer ", "ANSWER "), "bad-answers"),
        (HEAD + GOOD.replace(" 41 ", " 041 "), "bad-number"),
        (HEAD + GOOD.replace(" 41 ", f" {1 << 50} "), "bad-answers"),
        (HEAD + GOOD.replace("000017-k3m9w2p4", "../../etc/passwd"), "bad-origin"),
        (HEAD + GOOD.replace(LOG, "x"), "bad-origin"),
        (HEAD + GOOD.replace("0" * 64, "0" * 63), "bad-answers"),
        (HEAD + GOOD[:-2] + "\n", "bad-answers"),
        (HEAD + GOOD.replace("\n", " more\n"), "bad-answers"),
        (HEAD + "answer\n", "bad-answers"),
        (HEAD + "\x1b[31m\n", "bad-answers"),
        (HEAD.replace("/dev/7q2k", "/office"), "bad-name"),
        (HEAD.replace("2026-11-29T", "2026-13-29T"), "bad-time"),
        ("".join(GOOD.replace(" 41 ", f" {n} ") for n in range(MOST + 1)).join([HEAD, ""]), "too-long"),
        ("fieldkit-answers/2\n", "wrong-note-type"),
        ("", "wrong-note-type"),
    ],
)
def test_a_note_is_read_strictly(text: str, reason: str) -> None:
    refused(lambda: parse_answers(text), reason)


def test_lines_of_a_later_release_are_passed_over() -> None:
    found = parse_answers(HEAD + GOOD + "later whatever\n")
    assert [one.i for one in found.answers] == [41]


def test_what_could_not_be_read_back_is_not_written() -> None:
    refused(lambda: text_of(replace(NOTE, answers=(ANSWERS[0], ANSWERS[0]))), "bad-answers")
    refused(lambda: answers_note(replace(NOTE, halves={str(n): b"x" * 8000 for n in range(1100)}), OFFICE), "too-long")
    assert sign_note(text_of(NOTE), OFFICE) == parted(answers_note(NOTE, OFFICE))[0]
