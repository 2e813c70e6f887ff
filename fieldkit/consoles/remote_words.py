"""The sentences of the trainer's phone, by the names that its script has for them, in the terminal's languages."""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.words import Words

Say = Callable[[str], str]
Strings = dict[str, str]


def strings(words: Words) -> Strings:
    """Places in braces are filled by the script."""
    found: Strings = {}
    for some in (_now, _asked, _people, _more, _alarm, _came):
        found |= some(words.say)
    return found


def _now(say: Say) -> Strings:
    """The line at the top, and the page that is looked at most."""
    return {
        "lost": say("not connected"),
        "saved": say("saved #{n}"),
        "of": say("{n} of {of}"),
        "behind": say("{time} behind"),
        "ahead": say("{time} ahead"),
        "step": say("step {n} of {of}"),
        "now": say("Now"),
        "people": say("People"),
        "notes": say("Notes"),
        "more": say("More"),
        "next": say("Next"),
        "then": say("Next: {what}"),
        "lastStep": say("That was the last step. End the session at the laptop."),
        "open": say("Open"),
        "close": say("Close"),
        "moreTime": say("30 seconds more"),
        "noLimit": say("No time limit"),
        "reveal": say("Reveal"),
        "hide": say("Hide"),
        "signOff": say("Sign off"),
        "isOpen": say("open"),
        "isClosed": say("closed"),
        "isRevealed": say("shown to the room"),
        "answered": say("{n} of {of} answered"),
        "right": say("right"),
        "few": say("Too few answered: nothing of it is kept."),
        "here": say("{n} here"),
        "ofExpected": say("{n} of {of} expected are here"),
        "hands": say("hands {n}"),
        "asks": say("questions {n}"),
        "lobby": say("at the door {n}"),
        "paused": say("The session is paused."),
        "ended": say("The session has ended."),
        "goOn": say("Go on"),
        "welcome": say("Nothing has begun yet. Next starts the first step."),
    }


def _asked(say: Say) -> Strings:
    """What is asked before it is done."""
    return {
        "no": say("No"),
        "closeAsk": say("Close it? {n} have not answered."),
        "closeYes": say("Yes, close"),
        "alarmAsk": say("Alarm? Every screen tells everybody to stop work."),
        "alarmYes": say("Yes, alarm"),
        "offAsk": say("Switch the remote off? A new code on the laptop brings it back."),
        "offYes": say("Yes, off"),
        "smallAsk": say("Too few people are here: nothing of it would be kept. Open it all the same?"),
        "smallYes": say("Yes, open"),
        "safeAsk": say("Everybody is accounted for. All safe: go on?"),
        "missingAsk": say("{n} not ticked off: {names}. All safe?"),
        "safeYes": say("Yes, all safe"),
    }


def _people(say: Say) -> Strings:
    """People, and the checklists that judge them."""
    return {
        "find": say("Find a name"),
        "nobody": say("Nobody is here yet."),
        "in": say("here"),
        "out": say("has left"),
        "expected": say("expected"),
        "away": say("phone silent"),
        "present": say("present"),
        "late": say("late"),
        "left_early": say("left early"),
        "absent": say("absent"),
        "excused": say("excused"),
        "reason": say("Reason, if there is one"),
        "back": say("Back"),
        "shownRight": say("Shown"),
        "shownWrong": say("Not yet"),
        "critical": say("critical"),
        "all": say("All shown"),
        "noChecks": say("No checklist is open."),
    }


def _more(say: Say) -> Strings:
    """Notes, and the rest of what a trainer does."""
    return {
        "noNotes": say("There are no notes for this segment."),
        "rollCall": say("Roll call: say here"),
        "pause": say("Pause"),
        "alarm": say("Alarm"),
        "minutes": say("{what}: {n} minutes"),
        "other": say("Open another one"),
        "noOther": say("Everything in the plan has been run."),
        "note": say("A note for the record"),
        "keep": say("Keep the note"),
        "off": say("Switch this remote off"),
        "about": say("What this does not stop"),
        "about1": say(
            "What this phone sends cannot be changed or sent again on the way, and whoever reads along cannot press."
        ),
        "about2": say(
            "But the page itself comes over this Wi-Fi. Whoever can change pages on an open Wi-Fi can change this one "
            "before it begins, and then press as you. Use a Wi-Fi with a password, or your own."
        ),
        "about3": say("Names and notes shown here can be read by others on this Wi-Fi."),
    }


def _alarm(say: Say) -> Strings:
    """An alarm and its list."""
    return {
        "muster": say("Muster list: everybody who is in"),
        "musterHow": say("Call each name and tick it off. One list for every console."),
        "waits": say("{n} ticks are on this phone only: out of reach of the laptop."),
        "lostTicks": say("fieldkit was started again: earlier ticks are gone. Call everybody again."),
        "ticked": say("{n} of {of} ticked off"),
        "alarmBar": say("ALARM {time} · {n} not accounted for"),
        "safe": say("All safe: go on"),
        "trainer": say("trainer"),
        "cotrainer": say("second trainer"),
        "interpreter": say("interpreter"),
        "evaluator": say("evaluator"),
        "observer": say("observer"),
    }


def _came(say: Say) -> Strings:
    """What came of a press, and what stands there without a remote."""
    return {
        "sending": say("Sending…"),
        "done_": say("✓ Done, saved as #{n}"),
        "was": say("✓ It was so already"),
        "tooLate": say("✕ That came too late and was not done. Press again."),
        "unknown": say("✕ No answer. Look at the laptop before you press again."),
        "trying": say("Not connected to the laptop. Trying again…"),
        "altered": say("✕ Something between this phone and the laptop changes what is sent. Use the laptop."),
        "twice": say("✕ The remote is open on this phone twice. Close the other page."),
        "scan": say("Scan the code on the trainer's laptop to use this phone as a remote."),
        "stranger": say("✕ The laptop does not know this phone any more. Scan the new code on it."),
        "taken": say("✕ Another phone is the remote. Switch it off at the laptop first."),
        "offNow": say("The remote is off. A new code on the laptop brings it back."),
    }
