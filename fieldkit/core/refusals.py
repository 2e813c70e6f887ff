"""Every "no" of the rules, enumerated, each with the words a person reads.

A refusal is an answer: data, never an exception. `REASONS` maps the code on the wire to its English sentence, which
is also the message id for translations. Sentences say what happened and what to do next, without blame.
"""

from __future__ import annotations

import msgspec

REASONS: dict[str, str] = {
    # joining
    "wrong-code": "That room code is not the one on the trainer's screen. Look again and type the four signs.",
    "fresh-needed": "Type the three digits that the trainer's screen shows now.",
    "lobby": "More people than expected. The trainer lets you in soon; keep this page open.",
    "badge-in-use": "Somebody is already in with this badge. Ask the trainer to release it.",
    "unknown-badge": "Nobody here has this badge. Check the number, or add the person by name.",
    "same-name": "Somebody with this name is in already. If that is you, type the code that you got. "
    "If not, say so below.",
    "name-missing": "Type your name, so that the trainer knows who you are.",
    "no-seat": "This phone is not in the session. Type the room code to come in.",
    "not-joined": "You are not in this session yet. Come in first.",
    "released": "The trainer gave your place to another phone. Come in again with your name.",
    "left": "You have left the session. Come in again to take part.",
    "removed": "The trainer took this entry out of the session. Talk to the trainer.",
    # answering
    "closed": "Too late: this question is closed. Your answer is not counted.",
    "not-open": "This question has not been opened yet.",
    "unknown-activity": "There is no such activity in this session.",
    "unknown-option": "That is not one of the choices.",
    "wrong-value": "That answer does not fit this question.",
    "one-choice": "Choose one answer only.",
    "text-missing": "Write something first.",
    "too-long": "That is too long. Make it shorter.",
    "stale": "A newer answer of yours is already saved.",
    "id-reused": "This was sent before with other contents. Send it again as new.",
    "too-fast": "Too many at once. Wait a moment; your answer is kept on this phone.",
    "objected": "You asked that your answers are not recorded, so this one was not.",
    "answered": "This person has answered already. Nobody else sees that answer, so nobody else can replace it.",
    "own-signature": "Nobody can sign for somebody else. A signature on paper stays on its paper.",
    "no-replies": "This question does not take messages.",
    "no-votes": "Votes on messages are off here.",
    "unknown-message": "That message is not there any more.",
    "own-message": "You cannot vote for your own message.",
    "voted": "You have already voted for this message.",
    "hand-same": "Your hand is already as you want it.",
    # running the room
    "ended": "The session has ended.",
    "not-ended": "The session has not ended yet.",
    "paused": "The session is paused.",
    "not-paused": "The session is not paused.",
    "alarm": "An alarm is on. Call the roll; it ends when you say that all are safe.",
    "unknown-segment": "The plan has no such segment.",
    "plan-finished": "That was the last step of the plan.",
    "type-waits": "This release cannot run this kind of activity yet.",
    "anonymous": "This question is anonymous: people answer it alone, and nobody enters or corrects anything for them.",
    "not-anonymous": "This cannot be asked anonymously: it is about what each person did. Change its mode in the pack.",
    "small-crew": "Too few people are here for an anonymous question: nothing of it would be kept.",
    "already-open": "It is already open.",
    "already-run": "It has been run. Use re-vote for another round.",
    "not-run": "It has not been run yet.",
    "nothing-open": "Nothing is open.",
    "reopen-first": "It is closed. Open it again first.",
    "ambiguous": "More than one is meant. Name the activity.",
    "still-open": "Close it first; then it can be revealed.",
    "never-revealed": "The pack says that this result is never shown to the room.",
    "already-revealed": "It is already shown to the room.",
    "not-revealed": "It is not shown to the room.",
    "no-result": "This has no result to show.",
    "no-revote": "This is not a vote, so it has no rounds.",
    "already-void": "It is already void.",
    "no-hands": "A show of hands does not fit this activity.",
    "unknown-person": "Nobody in this session is called that. Use the badge.",
    "unknown-status": "The status is one of: present, late, left_early, absent, excused.",
    "unknown-role": "The role is one of: trainer, cotrainer, interpreter, evaluator, observer.",
    "already-in": "This person is already in.",
    "not-in": "This person is not in.",
    "not-seated": "No phone holds this badge.",
    "merged": "This entry was merged into another one. Use that one.",
    "merge-cycle": "These two entries are one person already.",
    "already-staff": "This person already has this role.",
    "no-staff": "Nobody of this name has this role.",
    # groups, checklists, hands
    "not-groups": "This activity has no groups.",
    "unknown-group": "There is no group with this number.",
    "group-full": "This group is full. Choose another one.",
    "no-group": "You are in no group yet. Choose one, or ask the trainer.",
    "not-scribe": "Somebody else writes for your group.",
    "no-places": "These groups have no places yet. Name them first.",
    "too-many-people": "Groups are for at most 600 people.",
    "twice": "This person is in two of the groups. Name everybody once.",
    "no-items": "This activity has no items to sign off.",
    "unknown-item": "The checklist has no such item.",
    "no-hand": "No hand is up.",
    # corrections
    "too-many-options": "At most six choices.",
    "no-such-record": "There is no such record to correct.",
    "kept-by-law": "The law asks to keep this session: only head office may erase in it. Ask there.",
    "bad-correction": "This correction cannot be made: name one of person, status, in or out, and why.",
    "not-allowed": "Only the trainer can do that.",
    "not-your-role": "This console's role does not include that. Ask the trainer.",
    "no-console": "There is no such console.",
}


class Refusal(msgspec.Struct, frozen=True):
    """The rules said no. `detail` (an id, a name) is foreign text and is shown beside the words, never inside."""

    reason: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise KeyError(self.reason)

    @property
    def words(self) -> str:
        """English words, the message id."""
        return REASONS[self.reason]
