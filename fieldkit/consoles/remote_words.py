"""The sentences of the trainer's phone, by the names that its script has for them, in the terminal's languages."""

from __future__ import annotations

from fieldkit.words import Words


def strings(words: Words) -> dict[str, str]:
    """Places in braces are filled by the script."""
    say = words.say
    return {
        # the line at the top
        "lost": say("not connected"),
        "saved": say("saved #{n}"),
        "of": say("{n} of {of}"),
        "behind": say("{time} behind"),
        "ahead": say("{time} ahead"),
        "step": say("step {n} of {of}"),
        # now
        "now": say("Now"),
        "people": say("People"),
        "notes": say("Notes"),
        "more": say("More"),
        "next": say("Next"),
        "then": say("Next: {what}"),
        "lastStep": say("That was the last step. End the session at the laptop."),
        "open": say("Open"),
        "close": say("Close"),
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
        # asked before it is done
        "no": say("No"),
        "closeAsk": say("Close it? {n} have not answered."),
        "closeYes": say("Yes, close"),
        "alarmAsk": say("Alarm? Every screen tells everybody to stop work."),
        "alarmYes": say("Yes, alarm"),
        "offAsk": say("Switch the remote off? A new code on the laptop brings it back."),
        "offYes": say("Yes, off"),
        "smallAsk": say("Too few people are here: nothing of it would be kept. Open it all the same?"),
        "smallYes": say("Yes, open"),
        "safeAsk": say("{n} of {of} ticked off. Go on?"),
        # people
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
        # checklists
        "shownRight": say("Shown"),
        "shownWrong": say("Not yet"),
        "critical": say("critical"),
        "all": say("All shown"),
        "noChecks": say("No checklist is open."),
        # notes and the rest
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
        # alarm
        "muster": say("Muster list: everybody who is in"),
        "musterHow": say("Call each name and tick it off. The ticks stay on this phone."),
        "ticked": say("{n} of {of} ticked off"),
        "safe": say("All safe: go on"),
        "musterDone": say("Muster: {n} of {of} ticked off."),
        "musterMissing": say("Not ticked off: {names}"),
        # what came of it
        "sending": say("Sending…"),
        "done_": say("✓ Done, saved as #{n}"),
        "was": say("✓ It was so already"),
        "tooLate": say("✕ That came too late and was not done. Press again."),
        "unknown": say("✕ No answer. Look at the laptop before you press again."),
        "trying": say("Not connected to the laptop. Trying again…"),
        "altered": say("✕ Something between this phone and the laptop changes what is sent. Use the laptop."),
        "twice": say("✕ The remote is open on this phone twice. Close the other page."),
        # no remote
        "scan": say("Scan the code on the trainer's laptop to use this phone as a remote."),
        "stranger": say("✕ The laptop does not know this phone any more. Scan the new code on it."),
        "taken": say("✕ Another phone is the remote. Switch it off at the laptop first."),
        "offNow": say("The remote is off. A new code on the laptop brings it back."),
    }
