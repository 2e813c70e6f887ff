"""What the live screen's keys do with people and talk: the door, the room's lists, notices, the alarm. Keys and panels
are in `live`."""

from __future__ import annotations

from textual import on

from fieldkit.core import intents as w
from fieldkit.tui.panels.door import Door
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.asks import AsksScreen
from fieldkit.tui.screens.badge import BadgeBox
from fieldkit.tui.screens.base import RoomScreen, Said
from fieldkit.tui.screens.consoles import ConsolesScreen
from fieldkit.tui.screens.discussion import DiscussionScreen
from fieldkit.tui.screens.export import ExportScreen
from fieldkit.tui.screens.invite import InviteScreen
from fieldkit.tui.screens.joining import JoiningScreen
from fieldkit.tui.screens.people import PeopleScreen
from fieldkit.tui.screens.raised import RaisedScreen


class PeopleKeys(RoomScreen):
    """Actions of the live screen that are about people, not about the question."""

    def action_badge(self) -> None:
        self.query_one(Door).open(out=False)

    def action_badge_out(self) -> None:
        self.query_one(Door).open(out=True)

    def action_badge_turns(self) -> None:
        self.query_one(Door).open(turns=True)

    def action_back(self) -> None:
        """What was said goes, too."""
        self.query_one("#said", Said).clear()
        self.query_one(Door).shut()

    def scanned(self, badge: str) -> None:
        """A scanner typed while no field was open: the badge goes to the door all the same."""
        door = self.query_one(Door)
        if self.app.screen is self:
            door.open(out=door.out, turns=door.turns)
        door.scan(badge)

    @on(Door.Search)
    def _search(self, message: Door.Search) -> None:
        """Among the people, unless something else has come up meanwhile: the list would lie on top of it."""
        if self.app.screen is self:
            self.app.push_screen(PeopleScreen(search=message.words))

    @on(Door.Unknown)
    def _unknown(self) -> None:
        """On the live screen the name is typed at the door; anywhere else it is asked for on the spot."""
        if self.app.screen is not self and isinstance(self.app.screen, RoomScreen):
            self._ask_name()

    def _ask_name(self) -> None:
        door = self.query_one(Door)
        if not door.unknown:
            return
        badge = door.unknown[0]

        def named(name: str | None) -> None:
            if name is None:
                door.give_up(badge)
            self._ask_name()

        self.app.push_screen(BadgeBox(door, badge), named)

    def action_admit(self) -> None:
        given = self.live.bridge.admit()
        words = count("{n} may come in now.", "{n} may come in now.", given) if given else _("Nobody is waiting.")
        self.tell(words, ok=given > 0)

    def action_people(self) -> None:
        self.app.push_screen(PeopleScreen())

    def action_raised(self) -> None:
        self.app.push_screen(RaisedScreen())

    def action_asks(self) -> None:
        self.app.push_screen(AsksScreen())

    def action_roll_call(self) -> None:
        self.wish(w.RollCall(), _("Everybody is asked to say: here."))

    def action_discussion(self) -> None:
        self.app.push_screen(DiscussionScreen())

    def action_announce(self) -> None:
        self.tell_room()

    def action_unannounce(self) -> None:
        self.take_down()

    # ---- the session

    def action_invite(self) -> None:
        self.app.push_screen(InviteScreen())

    def action_joining(self) -> None:
        self.app.push_screen(JoiningScreen())

    def action_consoles(self) -> None:
        self.app.push_screen(ConsolesScreen())

    def action_export(self) -> None:
        self.app.push_screen(ExportScreen())
