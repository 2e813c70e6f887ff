"""What came of a trip to head office over the network: an answer a session, each with its next step, and what came
down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fieldkit.planned import Told
from fieldkit.tui.panels.home import age_words
from fieldkit.tui.panels.way import REFUSED
from fieldkit.tui.safe import Content, join, plain, wrap
from fieldkit.tui.say import _, count, told
from fieldkit.tui.tools import SaidLine, Sent

CLOCK_S = 120
"""Clocks that differ by more are told of."""
HAD = ("already", "older")
"""Answers by which head office has nothing more than before."""
LEAST = 30
"""Fewest cells of a sentence."""


def answer_words(result: str, reason: str) -> tuple[str, str]:
    """(what head office says of a session, what to do); the second is empty where nothing is."""
    taken = {
        "stored": _("head office has stored it"),
        "already": _("head office had it already"),
        "older": _("head office has a longer copy of it already"),
    }
    if result in taken:
        return taken[result], ""
    call = _("Call head office.")
    known = {
        "unknown-device": (
            _("head office keeps it until this laptop is on its list; nothing is lost"),
            _("Ask to be enrolled, then send again."),
        ),
        "needs-words": (
            _("head office keeps it and waits for the six words it is sealed to"),
            _("Tell them the words, and ask to be enrolled."),
        ),
        "revoked": (_("head office holds it: this laptop's key was revoked"), call),
        "expired": (_("head office holds it: this laptop's key has run out"), _("Ask them to renew it.")),
        "not-yet-valid": (_("head office holds it: this laptop's key does not hold yet by its clock"), call),
        "other-key": (_("head office holds it: it knows this laptop's name with another key"), call),
        "no-plan": (_("head office holds it: what was run is missing in the file"), call),
        "held-full": (_("head office has no room for what has to wait"), _("Send again later; it stays here.")),
        "fork": (_("head office has another history of it"), _("Call head office: is this laptop a copy?")),
        "known-fork": (_("head office has decided for another history of it"), call),
    }
    if reason in known:
        return known[reason]
    code = reason or result
    if result == "refused":
        return _("head office found damage in it ({code})", code=code), _("Send again; if it stays, call head office.")
    return (
        _("head office keeps it for a person to look at ({code}); nothing is lost", code=code),
        _("Tell them what stands in brackets."),
    )


def sent_words(done: Sent) -> tuple[str, bool]:
    """(one sentence, whether all is well)."""
    lacking = sum(one.result in REFUSED for one in done.said)
    new = sum(one.result not in (*REFUSED, *HAD) for one in done.said)
    if lacking:
        words = count(
            "Head office has not taken {n} session; why stands above.",
            "Head office has not taken {n} sessions; why stands above.",
            lacking,
        )
        return words, False
    if done.left_out:
        return count("{n} damaged session is left out.", "{n} damaged sessions are left out.", done.left_out), False
    if done.said:
        words = (
            count("Head office has {n} session more.", "Head office has {n} sessions more.", new)
            if new
            else _("Head office had everything already.")
        )
        return (words if done.receipted else f"{words} {_('No receipt of it is here yet.')}"), True
    if done.others or done.others_held:
        return _("Of this laptop there was nothing to send."), True
    return _("There is nothing to send."), True


def sent_lines(done: Sent, width: int, most: int) -> list[Content]:
    """What head office says of each session, then what came down: at most `most` lines."""
    out: list[Content] = []
    groups = Counter((one.result, one.reason) for one in done.said)
    named = {(one.result, one.reason): one for one in done.said}
    for (result, reason), n in sorted(groups.items(), key=lambda x: (x[0][0] in REFUSED, x[0]), reverse=True):
        words, todo = answer_words(result, reason)
        what = _named(named[result, reason]) if n == 1 else count("{n} session", "{n} sessions", n)
        mark = plain("✕ ", "bold $refused") if result in REFUSED else plain("✓ ", "bold $saved")
        said = join(plain(what, "bold"), plain(f": {words}."), plain(f" {todo}" if todo else "", "bold"))
        out += _marked(mark, said, width)
    for sentence in came_down(done):
        out += _marked(plain("↓ ", "bold $accent"), plain(sentence), width)
    for sentence in warned(done):
        out += _marked(plain("! ", "bold $waiting"), plain(sentence), width)
    return out if len(out) <= most else [*out[: max(0, most - 1)], plain(" …", "$muted")]


def _named(one: SaidLine) -> str:
    title = one.title or _("unknown title")
    return f"{title} ({one.seq})" if one.seq else title


def _marked(mark: Content, words: Content, width: int) -> list[Content]:
    lines = wrap(words, max(LEAST, width - 4), 4)
    return [join(plain(" "), plain("  ") if k else mark, line) for k, line in enumerate(lines)]


def came_down(done: Sent) -> list[str]:
    """A sentence each for what was taken in."""
    out = []
    if done.receipted:
        out.append(count("{n} receipt is taken in.", "{n} receipts are taken in.", done.receipted))
    if done.trust is not None:
        out.append(_("Head office's trust list, version {n}, is taken in.", n=done.trust))
    if done.policy is not None:
        out.append(_("Head office's policy, version {n}, is taken in.", n=done.policy))
    if done.erased:
        out.append(_("What head office has erased is erased here too."))
    return [*out, *planned_words(done.plans, done.packs), *answered_words(done.answered)]


def planned_words(plans: Sequence[Told], packs: int) -> list[str]:
    """A sentence each for planned sessions and packs that came; what was moved or called off by its name."""
    out = []
    for one in plans:
        if one.what == "moved":
            words = _("Head office moved “{title}” to {at}; it was {was}.", title=one.title, at=one.at, was=one.was)
        elif one.what == "called-off":
            words = _("Head office called “{title}” at {at} off.", title=one.title, at=one.at)
        elif one.what == "gone":
            words = _("“{title}” at {at} is not planned for this laptop any more.", title=one.title, at=one.at)
        else:
            continue
        out.append(words)
    fresh = sum(one.what in ("new", "changed") for one in plans)
    if fresh:
        out.append(count("{n} planned session is new or changed.", "{n} planned sessions are new or changed.", fresh))
    if packs:
        out.append(count("{n} pack came and is installed.", "{n} packs came and are installed.", packs))
    return out


def answered_words(n: int) -> list[str]:
    """A sentence for what head office answered since."""
    said = count("{n} question of your sessions was answered.", "{n} questions of your sessions were answered.", n)
    return [f"{said} {_('Open the session to read it.')}"] if n else []


def warned(done: Sent) -> list[str]:
    """A sentence each for what somebody has to know beside it."""
    out = []
    if done.open:
        out.append(
            count(
                "{n} session is not ended yet: it goes along as it is.",
                "{n} sessions are not ended yet: they go along as they are.",
                done.open,
            )
        )
    if done.kept:
        out.append(
            count(
                "{n} session in which nobody took part stays here until it is ended.",
                "{n} sessions in which nobody took part stay here until they are ended.",
                done.kept,
            )
        )
    if done.left_out:
        out.append(count("{n} damaged session is left out.", "{n} damaged sessions are left out.", done.left_out))
    if done.others:
        out.append(
            count(
                "{n} file of another laptop went along; its receipts lie beside it.",
                "{n} files of other laptops went along; their receipts lie beside them.",
                done.others,
            )
        )
    if done.others_held:
        out.append(
            count(
                "{n} file of another laptop was not taken by head office.",
                "{n} files of other laptops were not taken by head office.",
                done.others_held,
            )
        )
    out += [_("{what} came back and was no use ({why}).", what=what, why=told(why)) for what, why in done.not_taken]
    if abs(done.skew) > CLOCK_S:
        age = age_words(abs(done.skew))
        out.append(
            _("This laptop's clock is {age} behind head office's.", age=age)
            if done.skew > 0
            else _("This laptop's clock is {age} ahead of head office's.", age=age)
        )
    return out
