"""Codes as words: what pages say for a status, a finding, a line of the access log. Message ids, in English."""

from __future__ import annotations

from fieldkit.core.tables.programs import WHYS
from fieldkit.sync.central.findings import SENTENCES as FINDINGS

STATUS = {
    "present": "present",
    "late": "late",
    "left_early": "left early",
    "absent": "absent",
    "excused": "excused",
}
FLAG = {
    "walk_in": "walk-in",
    "paper": "on paper",
    "proxy": "by the trainer's hand",
    "shared": "shared phone",
    "amended": "corrected",
    "closed_late": "closed late",
    "clock_suspect": "clock doubtful",
    "objected": "objected",
    "merged": "entries merged",
    "left_early": "left early",
    "erased": "erased",
    "fork": "two histories",
    "resolved_fork": "two histories, decided",
}
RESULT = {"pass": "passed", "fail": "not passed", "": ""}
STATE = {"new": "not begun", "running": "running", "paused": "paused", "ended": "ended", "": "cannot be read"}
ROLE = {"operator": "operator", "supervisor": "supervisor", "auditor": "auditor", "facilitator": "trainer"}
SIGNER = {
    "dev": "laptop",
    "fac": "trainer",
    "central": "head office, when it received it",
    "witness": "witness",
    "office": "head office",
}
SIGNED = {"device": "laptop", "trainer": "trainer", "central": "head office", "unverified": "nobody who is known here"}
TRUSTED = {
    "ok": "on the trust list",
    "not-yet": "not valid yet",
    "expired": "its time is over",
    "revoked": "revoked",
    "unknown": "not on the trust list",
}
ACCESS = {
    "in": "logged in",
    "out": "logged out",
    "refused": "wrong password or name",
    "slowed": "had to wait after wrong passwords",
    "too-late": "first password came too late",
    "forged": "a form that was not made here was refused",
    "changed": "chose a new password",
    "needs": "looked at what needs a person",
    "sessions": "looked at the list of sessions",
    "session": "looked at a session",
    "records": "looked at a list of records",
    "record": "looked at a record",
    "laptops": "looked at the laptops",
    "people": "looked at a list of people",
    "person": "looked at a person",
    "makeups": "looked at who misses what",
    "programs": "looked at the programs",
    "program": "looked at a program",
    "certificates": "looked at the certificates",
    "planned": "looked at the planned sessions",
    "plan": "looked at a planned session",
    "plan-new": "looked at the form of a planned session",
    "plan-add": "planned a session",
    "plan-off": "called a planned session off",
    "delivery": "looked at how packs are delivered",
    "questions": "looked at the questions for the expert",
    "question": "looked at a question for the expert",
    "answered": "answered a question",
    "access": "looked at the access log",
    "export": "took a table",
    "filed": "filed attendance",
    "denied": "asked for what they may not see",
    "let-go": "so many old lines of this log were let go",
    "account-add": "account made, on the command line",
    "account-role": "role changed, on the command line",
    "account-reset": "new password, on the command line",
    "account-remove": "account removed, on the command line",
}
NEXT = {
    "fork": "Find out which laptop was in the room, then choose one history.",
    "gap": "Let the laptop sync again, or ask for its stick.",
    "tail-cut": "Let the laptop sync again, or ask for its stick.",
    "duplicate-seq": "Find out whether the laptop was copied or restored.",
    "unknown-facilitator": "Put the trainer on the list, if the key is theirs.",
    "not-certified": "Certify the trainer for this pack, if they are.",
    "erased-badge": "Erase again, or keep it.",
    "credential-unfounded": "Find out what was corrected; revoke the certificate if that is right.",
    "held": "Enrol the laptop if it is yours, then judge the file again.",
    "refused": "Look at the file, then let go of it.",
    "trust-expired": "Sign the list again with the root key.",
}
"""Code → what to do next, in a sentence."""
COMMANDS = {
    "fork": 'fieldkit central resolve {session} --keep ROOT --why "…" --home DIR',
    "unknown-facilitator": 'fieldkit central trust add KEY --words "…" --home DIR',
    "not-certified": "fieldkit central trust certify NAME --packs ID --home DIR",
    "erased-badge": "fieldkit central erase all --person BADGE --why request --home DIR",
    "credential-unfounded": "fieldkit central credential revoke ID --why mistake --home DIR",
    "held": 'fieldkit central enrol NOTE --words "…" --home DIR',
    "refused": 'fieldkit central discard {file} --why "…" --home DIR',
    "trust-expired": "fieldkit central trust sign --home DIR",
}
"""Code → the command for it; for whoever may type it."""
DETAIL = {
    "first": "first number",
    "last": "last number",
    "seq": "number",
    "missing": "missing session",
    "next": "next session",
    "other": "other session",
    "kept-history": "kept history",
    "other-history": "other history",
    "p": "person here",
    "other_p": "person there",
    "from_ms": "from",
    "until_ms": "until",
    "size": "records",
    "stored": "records here",
}
"""What stands behind a finding; what is not here is a name that its command knows too."""
SESSIONS = ("other", "next")
"""Of these, sessions that are stored here."""
WEAK = {
    "short": "A password has 15 characters or more. Four words are a good one.",
    "long": "A password has 256 characters at most.",
    "guessed": "This password is easily guessed.",
}
SET = {"before": "pre-work", "after": "after the training"}
TABLE = {
    "attendance": "Attendance",
    "results": "Results",
    "answers": "Answers",
    "discussion": "Discussion",
    "pacing": "Timeline",
    "checklists": "Checklists",
    "corrections": "Corrections",
}
STANDS = {"ready": "ready", "due": "due", "gap": "has a gap", "open": "due or with a gap", "": "everybody"}
WHY = {
    "complete": "complete",
    "expires-soon": "ends soon",
    "expired": "has run out",
    "parts-missing": "parts are missing",
    "never-begun": "never begun",
}
LACKS = WHYS
"""Why a segment is owed."""
HOW = {
    "session": "in one session",
    "segments": "segment by segment",
    "credit": "credit by head office",
    "make-up": "with a make-up session",
}
FIGURES = {
    "delivery": "Delivery",
    "segments": "Segments",
    "activities": "Activities",
    "items": "Questions",
    "spread": "Answers by option",
    "gain": "Before and after",
    "rounds": "Asked again",
    "agreement": "Two evaluators",
}
"""Tables of `central figures`."""
FIGURE = {
    "within": "Sessions as long as planned",
    "run": "Activities that were skipped",
    "part": "Taking part",
    "pace": "Segments as long as planned",
    "skipped": "Skipped, by activity",
    "took": "Taking part, by activity",
    "difficulty": "Difficulty of questions",
    "discrimination": "Discrimination of questions",
    "sure": "Confidently wrong",
    "gain": "Learning gain",
    "kappa": "Agreement of two evaluators",
    "spread": "Spread of answers",
}
_WITHIN = "Share of those timed that took at most 20 % more or less than planned. Minutes: planned → real."
_SKIPPED = "Share of planned activities that nobody opened. n: planned."
_TOOK = "Participation: answered ÷ asked, people a session. n: asked."
FORMULA = {
    "within": _WITHIN,
    "run": _SKIPPED,
    "part": _TOOK,
    "pace": _WITHIN,
    "skipped": _SKIPPED,
    "took": _TOOK,
    "difficulty": "p of classical test theory: right ÷ answered; the higher, the easier (Lord & Novick 1968).",
    "discrimination": "Corrected point-biserial item-total correlation r (Lord & Novick 1968; Henrysson 1963).",
    "sure": "Wrong among those who were sure (Hasan, Bagayoko & Kelley 1999). n: who were sure.",
    "gain": "Normalised gain: (after − before) ÷ (100 − before), of those who answered both (Hake 1998).",
    "kappa": "Cohen's kappa: agreement beyond chance; beside it, how often both said the same (Cohen 1960).",
    "spread": "Share of the answers in force, by option and round; ✓ is right.",
}
"""What a figure is, and where its formula comes from (docs/delivery.md)."""
NOTE = {
    "few": "too few people",
    "alike": "everybody the same",
    "backwards": "who knew the rest got it wrong: look at its words and its key",
}
PLAN = {
    "past": "This hour has passed.",
    "past-hint": "Give a day to come.",
    "not": "It was not planned.",
    "not-hint": "Try once more; if it happens again, look at the disk of head office.",
}
CREDENTIAL = {
    "valid": "valid",
    "expired": "has run out",
    "revoked": "revoked",
    "unfounded": "the training does not carry it any more",
    "erased": "person erased",
}
REVOKED = {"mistake": "a mistake", "request": "on request", "order": "by order", "other": "another reason"}
ERROR = {
    "no-desk": "Head office has no device of its own yet to sign corrections with.",
    "desk-over": "Head office's own device is not on the trust list, or its time is over.",
    "make-desk": "Make one, with the root key at hand: fieldkit central desk --home DIR",
    "fork": "This session has two histories, and nobody has chosen.",
    "choose": "See central resolve.",
    "busy": "Another command is writing to central's database, and did not end.",
    "again": "Try again.",
}
"""What a form can run into, as it is raised said there: the page has it in its language, all else in English."""
SENTENCES = frozenset(
    x
    for table in (
        FINDINGS,
        SET,
        STATUS,
        FLAG,
        RESULT,
        STATE,
        ROLE,
        SIGNER,
        SIGNED,
        TRUSTED,
        ACCESS,
        NEXT,
        DETAIL,
        WEAK,
        TABLE,
        STANDS,
        WHY,
        LACKS,
        HOW,
        FIGURES,
        FIGURE,
        FORMULA,
        NOTE,
        PLAN,
        CREDENTIAL,
        REVOKED,
        ERROR,
    )
    for x in table.values()
    if x
)
"""All that is said by a code."""
