"""How it stands: which sessions head office lacks, the disk, the clock, the key, each in whole sentences."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from fieldkit.tui.hometools import HomeState, Status
from fieldkit.tui.keys import KeyBar
from fieldkit.tui.panels.home import OPEN, ends, free_words, key_soon, light, receipt_words, session_row
from fieldkit.tui.panels.way import legend
from fieldkit.tui.safe import Block, Content, join, plain, width_of, wrap
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.page import Leaf
from fieldkit.tui.screens.ready import check_sentences

MOST = 40


def todo_words(s: Status) -> str:
    """The next step before going home; empty where nothing is to be done."""
    if s.open:
        return _("Go on with what is not ended, and end it with E.")
    if not s.unsynced:
        return ""
    if not s.office:
        return _(
            "Press k on the home screen: it asks head office to know this laptop. Until then only this laptop has them."
        )
    if s.carried == s.unsynced:
        return _("Carry again (y) to where head office left its receipts, or over the internet: they are taken in.")
    return _("Press y on the home screen: to a stick, to a folder that head office reaches, or over the internet.")


def key_sentence(s: Status) -> str:
    if not s.key:
        return _("There is no key that can be used: put keys/device.key back from a backup.")
    if s.enrolled:
        words = _("This laptop signs as {key}; {org} knows it.", key=s.key, org=s.office)
        if not key_soon(s):
            return words
        more = _(
            "That ends {when}: ask head office for a new list, and take it in (k on the home screen).", when=ends(s)
        )
        return f"{words} {more}"
    if s.office:
        return _(
            "This laptop signs as {key}, which is not in the list of {org}, or not any more.", key=s.key, org=s.office
        )
    return _("This laptop signs as {key}. No head office knows it yet: k on the home screen asks.", key=s.key)


class StandingScreen(Leaf[None]):
    """Only to be read."""

    def __init__(self, state: HomeState) -> None:
        super().__init__()
        self.state = state

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with VerticalScroll(classes="body"):
            yield Block(id="lines")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(VerticalScroll).focus()

    def title_words(self) -> tuple[str, str]:
        s = self.state.status
        when = receipt_words(s) if s.sessions and s.office else ""
        return _("Safe to go home?"), when

    def draw(self, width: int, height: int) -> None:
        s = self.state.status
        mark, style, words = light(s)
        out: list[Content] = [join(plain(f" {mark}  ", style), plain(words))]
        out += [plain(" ") + line for line in wrap(todo_words(s), width - 3, 3)]
        out += [plain(""), join(plain(" "), legend())]
        lacking = [x for x in self.state.sessions if x.sync != "receipted"]
        if lacking:
            out += [plain(""), plain(" " + _("WHAT HEAD OFFICE HAS NOT SIGNED FOR"), "$muted")]
            when = max(width_of(x.when) for x in lacking)
            rows = (session_row(x, width - 4, when=when, people=False, synced=True) for x in lacking[:MOST])
            out += [plain(" ") + row for row in rows]
        if len(lacking) > MOST:
            out.append(plain("   " + _("and {n} more", n=len(lacking) - MOST), "$muted"))
        ended = sum(1 for x in self.state.sessions if x.state not in OPEN and x.state not in ("ended", "older"))
        if ended:
            words = count("{n} session cannot be read here.", "{n} sessions cannot be read here.", ended)
            out += [plain(""), plain(f" {words} `fieldkit fsck`", "bold $refused")]
        if purged := sum(x.purged for x in self.state.sessions):
            words = count(
                "Names are gone from this laptop in {n} session; head office has them.",
                "Names are gone from this laptop in {n} sessions; head office has them.",
                purged,
            )
            out += [plain(""), *(plain(" ") + line for line in wrap(words, width - 3, 2))]
        out.append(plain(""))
        disk = free_words(s.free) + ". "
        disk += "" if s.disk else _("Free some space before a session; answers are refused on a full disk.")
        ticks = " ".join(check_sentences(s.clock_check)) if s.clock_check is not None else ""
        for label, sentence in ((_("DISK"), disk), (_("CLOCK"), ticks), (_("KEY"), key_sentence(s))):
            lines = wrap(sentence, width - 12, 4)
            out += [join(plain(f" {label if not k else '':<8} ", "$muted"), line) for k, line in enumerate(lines)]
        self.query_one("#lines", Block).show(*out)
