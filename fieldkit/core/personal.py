"""What the log may hold about people: every field of every opening, who can see it, why it is there. The one table.

`fieldkit privacy report`, docs/works-council.md and the policy of head office speak of this table, and the writer of
the log refuses a field that is not in it (`undeclared`): so what is not listed here is not recorded. `seen` is checked
against the views and tables themselves (tests/core/test_personal.py). Beside it stand what remains once an opening is
gone (`REMAINS`), and what a laptop keeps beside its sessions (`BESIDE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from fieldkit.core.records import AnswerPut, Draft

SURFACES = {
    "own": "the person's own phone",
    "group": "phones of the same group, while a breakout runs",
    "phones": "every phone in the session",
    "wall": "the wall screen",
    "trainer": "the trainer's terminal, and a helper's or lead's console",
    "remote": "the trainer's own phone, while it is switched on and asks",
    "sheet": "exported tables, at the laptop and at head office",
}
"""Where a field can be seen beside the record itself, in the order of the report. The record, its bundle (sealed to
head office) and head office's database hold every field."""

WHO = "who was there"
LEARNED = "what was asked and answered"
TALK = "what was said"
DONE = "what was shown and signed"
LED = "who led it"
FIXED = "why a record was put right"


class Personal(msgspec.Struct, frozen=True):
    """One field of the opening of one kind. `what` is a plain phrase, `why` what it is for, `seen` codes of SURFACES
    (`phones` stands for the own one and the group's too)."""

    kind: str
    field: str
    what: str
    why: str
    seen: tuple[str, ...] = ()
    switch: str = ""
    """Word by which a policy of head office turns it off; empty where it cannot."""


def _rows(kind: str, why: str, *rows: tuple[str, str, str, str]) -> list[Personal]:
    return [Personal(kind, field, what, why, tuple(seen.split()), switch) for field, what, seen, switch in rows]


PERSONAL: tuple[Personal, ...] = (
    *_rows(
        "session.open",
        LED,
        ("name", "the trainer's printed name", "phones wall trainer sheet", ""),
        ("place", "the room or place in words", "sheet", ""),
    ),
    *_rows(
        "staff.set",
        LED,
        ("name", "printed name of trainer, cotrainer, interpreter, evaluator, observer or helper", "trainer sheet", ""),
        ("qualification", "their qualification", "trainer sheet", ""),
    ),
    *_rows("plan.change", LED, ("reason", "why the plan was changed, in words", "", "reason")),
    *_rows("note.add", LED, ("text", "a note of the trainer, or a notice to the room", "phones wall trainer", "")),
    *_rows(
        "person.expect",
        WHO,
        ("badge", "badge number", "own trainer remote sheet", "badge"),
        ("id_issuer", "who issued the badge", "sheet", "badge"),
        ("name", "name on the roster", "own group wall trainer remote sheet", "name"),
        ("last_name", "family name", "own group wall trainer remote sheet", "name"),
        ("first_name", "given name", "own group wall trainer remote sheet", "name"),
        ("employer", "employer", "sheet", "employer"),
        ("role", "job", "sheet", "role"),
        ("crew", "crew", "trainer sheet", "crew"),
        ("group", "which group they belong to", "", ""),
        ("supervisor", "supervisor", "", "supervisor"),
        ("card", "number of an access card", "", "card"),
        ("lang", "language", "sheet", ""),
        ("email", "e-mail address", "", "email"),
        ("notes", "further columns of the roster; one called group names the groups", "", "notes"),
    ),
    *_rows(
        "person.join",
        WHO,
        ("name", "name as given", "own group wall trainer remote sheet", "name"),
        ("badge", "badge number", "own trainer remote sheet", "badge"),
        ("issuer", "who issued the badge", "sheet", "badge"),
        ("lang", "language", "sheet", ""),
        ("place", "which of several rooms", "sheet", "place"),
    ),
    *_rows("person.rename", WHO, ("name", "the new name", "own group wall trainer remote sheet", "name")),
    *_rows("person.lang", WHO, ("lang", "the language chosen", "sheet", "")),
    *_rows(
        "att.in",
        WHO,
        ("name", "name, when given again", "own group wall trainer remote sheet", "name"),
        ("badge", "badge number, when given again", "own trainer remote sheet", "badge"),
        ("issuer", "who issued the badge", "sheet", "badge"),
        ("lang", "language, when given again", "sheet", ""),
        ("place", "which of several rooms", "sheet", "place"),
    ),
    *_rows("att.mark", FIXED, ("reason", "why the attendance was marked by hand, in words", "sheet", "reason")),
    *_rows(
        "activity.open",
        LEARNED,
        ("text", "a question made on the spot", "phones wall trainer remote sheet", ""),
        ("options", "its answers to choose from", "phones wall trainer sheet", ""),
    ),
    *_rows(
        "answer.put",
        LEARNED,
        (
            "text",
            "an answer in words; words of a cloud are shown to all once revealed, other words to nobody",
            "phones wall trainer remote sheet",
            "",
        ),
        ("v", "an answer by choice, where the policy says `seal answers`", "own sheet", ""),
    ),
    *_rows(
        "tally.text",
        LEARNED,
        ("text", "words of an anonymous round, tied to nobody", "phones wall trainer remote sheet", ""),
    ),
    *_rows("say.put", TALK, ("text", "a message or question", "phones wall trainer sheet", "")),
    *_rows(
        "groups.set",
        LEARNED,
        ("labels", "what the groups are called", "phones wall trainer", ""),
        ("places", "where the groups sit", "phones wall trainer", ""),
    ),
    *_rows("check.mark", DONE, ("note", "a remark on a skill that was judged", "sheet", "note")),
    *_rows(
        "ack.sign",
        DONE,
        ("name", "the name typed as a signature", "own sheet", "signature"),
        ("mark", "the mark drawn as a signature", "sheet", "signature"),
        ("lang", "the language in which it was signed", "sheet", ""),
    ),
    *_rows(
        "amend",
        FIXED,
        ("reason", "why it was put right, in words", "sheet", "reason"),
        ("text", "an answer in words, put right or added", "own trainer sheet", ""),
        ("name", "printed name of who judged a skill afterwards", "sheet", ""),
    ),
    *_rows("credit.grant", DONE, ("evidence", "what earlier training was shown, in words", "sheet", "")),
    *_rows("sign.by", LED, ("name", "printed name of who signed the record", "trainer sheet", "")),
    *_rows(
        "credential.issued",
        DONE,
        ("name", "the name printed on a certificate", "", "name"),
        ("badge", "the badge of whose certificate it is", "", "badge"),
        ("issuer", "who issued that badge", "", "badge"),
    ),
    *_rows("credential.revoked", FIXED, ("reason", "why a certificate counts no more, in words", "", "reason")),
    *_rows(
        "question.answer",
        TALK,
        ("text", "head office's answer to a question that was kept for the expert, in words", "trainer", ""),
        ("name", "printed name of who answered it", "trainer", ""),
    ),
)

SWITCHES = tuple(sorted({row.switch for row in PERSONAL if row.switch}))
"""Words of the lines `field WORD yes|no` of a policy."""

REMAINS = {
    "session.open": "which laptop, pack, site and time; the rules in force",
    "staff.set": "that somebody had a role, and the key of a second console",
    "session.pause": "that the session was paused, and why",
    "session.resume": "that it went on, and how long the laptop was away",
    "session.handover": "to which trainer's key it was handed over",
    "session.close": "that it ended, and how many records of each kind there are",
    "session.reopen": "that it was opened again",
    "clock.jump": "that the laptop's clock was put right",
    "segment.enter": "which part of the training was reached, and when",
    "step.enter": "which step of the run sheet was reached, and when",
    "plan.change": "minutes or skipping of a part",
    "note.add": "that there was a note or notice",
    "person.expect": "that somebody was expected",
    "person.join": "when somebody arrived, by what, and how that is known",
    "person.merge": "that two entries are one person",
    "person.rename": "that a name was changed",
    "person.lang": "that a language was chosen",
    "person.void": "that an entry was taken out",
    "person.object": "that somebody takes part without answers being recorded",
    "att.in": "when somebody came in, by what, and how that is known",
    "att.out": "when somebody left",
    "att.mark": "an attendance status set by hand, and by whom",
    "activity.open": "when a question was opened, and whether answers bear names",
    "activity.close": "when it was closed",
    "activity.hide": "that its result was hidden",
    "activity.reveal": "that its result was shown",
    "activity.void": "that it does not count",
    "answer.put": "the answer that was chosen, when, and how sure the person was",
    "tally.put": "counts of an anonymous round, tied to nobody",
    "tally.text": "that words were given in an anonymous round",
    "hands.put": "counts of raised hands, tied to nobody",
    "say.put": "when somebody wrote a message",
    "say.up": "for which message somebody voted",
    "say.hide": "that a message was hidden",
    "say.pin": "that a message was pinned",
    "say.done": "that a question was answered",
    "say.park": "that a question was put aside",
    "hand.up": "when a hand was raised",
    "hand.down": "when it was lowered",
    "tempo.tally": "how many found it too fast or too slow, tied to nobody",
    "groups.set": "who was in a group with whom",
    "check.mark": "which skill was judged, and how",
    "ack.sign": "that somebody agreed to a text, and when",
    "amend": "that something was put right, by whom, and the new status or times",
    "credit.grant": "that earlier training counts, and for which part",
    "activity.extend": "that its time limit was moved",
    "erase": "which records lost their personal half, and why",
    "sign.by": "which key signed, and what that means",
    "credential.issued": "that a certificate was given, for which program, and until when it counts",
    "credential.revoked": "that a certificate counts no more, from when, and a code of the reason",
    "question.answer": "that head office answered a question, or closed it without an answer, and when",
}
"""Kind → what its record still says once its opening is gone, or where it never had one."""

BESIDE = {
    "sessions": "the records and their personal halves, until purged or erased",
    "outbox": "bundles on their way (sealed), and how far each session is; a bundle goes once it is receipted",
    "receipts": "head office's receipts: sizes and hashes, no names",
    "ballots": "of an anonymous round while it is open: its votes added up, and who has voted; then deleted",
    "held": "bundles of other laptops, carried for them: sealed, and not to be read here",
    "planned": "who is expected in a session laid out for later; the names go when it begins or is removed",
    "answers.note": "head office's answers to questions of sessions here; each goes with its question",
    "exports": "tables that the trainer wrote: they hold names until somebody deletes them",
    "keys": "keys and remembered heads of logs, no names",
    "packs": "training content, no names",
    "handed.jsonl": "which exports, backups and bundles were written where, no names",
    "erasing.json": "which erasures are still pending, by index, no names",
    "console.json": "the trainer's name and place as typed last",
    "config.toml": "settings, perhaps with the trainer's name and place",
    "policy.note": "head office's rules, no names",
    "revoked.note": "which certificates count no more, as hashes of their numbers; no names",
    "trust.note": "keys of laptops and trainers by their codes, no names",
}
"""In a laptop's data folder → what it holds of people."""

_FIELDS = {kind: frozenset(x.field for x in PERSONAL if x.kind == kind) for kind in {x.kind for x in PERSONAL}}
_SWITCHED = {(row.kind, row.field): row.switch for row in PERSONAL if row.switch}


def undeclared(kind: str, private: Mapping[str, Any]) -> list[str]:
    """Fields of an opening that PERSONAL does not name for this kind; they are never written."""
    return sorted(set(private) - _FIELDS.get(kind, frozenset()))


def without(drafts: Iterable[Draft], off: Iterable[str]) -> list[Draft]:
    """The drafts without the personal fields that these switches of a policy turn off."""
    gone = frozenset(off)
    return [_without(draft, gone) for draft in drafts] if gone else list(drafts)


def _without(draft: Draft, off: frozenset[str]) -> Draft:
    kind = draft.fact.kind
    kept = {k: v for k, v in (draft.private or {}).items() if _SWITCHED.get((kind, k)) not in off}
    return draft if len(kept) == len(draft.private or {}) else msgspec.structs.replace(draft, private=kept or None)


def sealed(draft: Draft) -> Draft:
    """An answer by choice with its value in the opening, under the policy `seal answers`: what was chosen can then be
    erased as words can."""
    fact = draft.fact
    if not isinstance(fact, AnswerPut) or not fact.v:
        return draft
    private = {**(draft.private or {}), "v": list(fact.v)}
    return msgspec.structs.replace(draft, fact=msgspec.structs.replace(fact, v=[]), private=private)
