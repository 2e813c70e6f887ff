"""The first screen of bare `fieldkit`: what to do next, what may be started, and whether one may go home."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.errors import FieldkitError
from fieldkit.tui.hometools import BLANK, HomeState, NewSession, PackPlan, Practice, ResumeSession
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.home import OPEN, pack_row, planned_row, session_row, strip, unusable_words
from fieldkit.tui.safe import Block, Content, Pick, plain, width_of
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.before import BeforeScreen
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.erase import EraseScreen
from fieldkit.tui.screens.homecarry import HomeCarryScreen
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.new import NewScreen
from fieldkit.tui.screens.page import Page
from fieldkit.tui.screens.planned import PlannedScreen
from fieldkit.tui.screens.progress import worked
from fieldkit.tui.screens.ready import ReadyScreen
from fieldkit.tui.screens.standing import StandingScreen
from fieldkit.tui.screens.trust import KeysScreen
from fieldkit.tui.screens.welcome import WelcomeScreen
from fieldkit.tui.work import Work

if TYPE_CHECKING:
    from fieldkit.tui.app import HomeApp

WORKERS = 12
LEAST_WORKERS, MOST_WORKERS = 2, 300


class HomeScreen(Page[None]):
    """Enter on a session goes on with it, on a plan begins it, on a pack opens the form of a new one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "go on, or start", "Home", foot=True),
        key("t", "blank", "toolbox talk", "Home", foot=True),
        key("n", "new", "new session", "Home", foot=True),
        key("s", "sheet", "its plan", "Home", foot=True),
        key("d", "practice", "dry run", "Home", foot=True),
        key("c", "ready", "room check", "Home", foot=True),
        key("y", "carry", "carry to head office", "Home", foot=True),
        key("p", "planned", "planned sessions", "Home", foot=True),
        key("i", "standing", "safe to go home?", "Home", foot=True),
        key("k", "keys", "keys and trust", "Home"),
        key("X", "erase", "erase a person", "Home"),
        key("E", "end_empty", "nobody came: end it", "Home"),
        key("D", "unplan", "remove a planned session", "Home"),
        key("W", "welcome", "the first steps again", "Home"),
        key("ctrl+r", "refresh", "read the lists again", "Home"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.state: HomeState | None = None
        self._states: dict[str, str] = {}
        self._drawn = False

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Block(id="strip", classes="beside")
        yield Said(id="said")
        yield KeyBar()

    @property
    def home(self) -> HomeApp:
        return cast("HomeApp", self.app)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Pick).focus()
        if not self.home.tools.memory().welcomed:
            self.call_after_refresh(self.action_welcome)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.call_after_refresh(self.action_refresh)

    # ---- drawing

    def action_refresh(self) -> None:
        """Read everything anew, off the loop; what is there stays until the new is."""
        self.run_worker(self._read(), exclusive=True, group="read")

    async def _read(self) -> None:
        try:
            self.state = await self.home.tools.look()
        except FieldkitError as e:
            self.state = self.state or HomeState()
            self.wrong(e)
        self.redraw()

    def title_words(self) -> tuple[str, str]:
        n = len(self.state.sessions) if self.state is not None else 0
        beside = count("{n} session on this laptop", "{n} sessions on this laptop", n) if self.state else _("Reading…")
        return _("Training sessions"), beside

    def draw(self, width: int, height: int) -> None:
        if self.state is None:
            return
        self._states = {s.ref: s.state for s in self.state.sessions}
        self.query_one(Pick).show(self._lines(self.state, width - 3), at=self._first())
        self._drawn = True
        self.query_one("#strip", Block).show(*strip(self.state.status, width))

    def _first(self) -> str | None:
        """The row to begin on: where a dry run was begun; None: stay."""
        if self._drawn:
            return None
        row, self.home.cursor.row = self.home.cursor.row, ""
        return row or None

    def _lines(self, state: HomeState, room: int) -> list[tuple[str, Content]]:
        when = max((width_of(s.when) for s in state.sessions), default=0)
        people = any(s.people for s in state.sessions)
        synced = any(s.sync or (s.state == "ended" and not s.empty) for s in state.sessions)
        rows = {
            s.ref: (f"session {s.ref}", session_row(s, room, when=when, people=people, synced=synced))
            for s in state.sessions
        }
        lines: list[tuple[str, Content]] = []

        def part(id: str, title: str, some: list[tuple[str, Content]]) -> None:
            if some:
                lines.append((f"-{id}", plain(title, "$muted")))
                lines.extend(some)

        due = [p for p in state.planned if p.due]
        later = len(state.planned) - len(due)
        part("waiting", _("GO ON WITH"), [rows[s.ref] for s in state.sessions if s.state in OPEN])
        if any(s.empty and s.state in OPEN for s in state.sessions):
            lines.append(("-nobody", plain("         " + _("nobody came: [E] ends it"), "$muted")))
        part("due", _("TODAY"), [(f"planned {p.id}", planned_row(p, room)) for p in due])
        certified = any(p.certified is not None for p in state.packs)
        lines.append(("-packs", plain(_("START NEW FROM A PACK"), "$muted")))
        lines += [(f"pack {p.id} {p.version}", pack_row(p, room, certified=certified)) for p in state.packs]
        if not state.packs:
            lines.append(("-none", plain("  " + _("no packs yet: `fieldkit pack list` says where they go"), "$muted")))
        if any(p.certified is False for p in state.packs):
            words = _("not signed: not by head office. You may use it all the same.")
            lines.append(("-certified", plain(words, "$muted")))
        if later:
            words = count(
                "{n} session is planned for later: press p", "{n} sessions are planned for later: press p", later
            )
            lines.append(("-later", plain(words, "$muted")))
        earlier = [s for s in state.sessions if s.state not in OPEN]
        part("rest", _("EARLIER"), [rows[s.ref] for s in earlier if not s.empty])
        if nobody := sum(s.empty for s in earlier):
            words = count("{n} empty session", "{n} empty sessions", nobody)
            lines.append(("-empty", plain(f"        {words}", "$muted")))
        return lines

    # ---- what is chosen

    def _at(self) -> tuple[str, str]:
        """(kind, what it names) of the row under the cursor."""
        kind, _space, ref = (self.query_one(Pick).at or "-").partition(" ")
        return kind, ref

    def _pack(self) -> str:
        """The pack under the cursor, else the one that was chosen last, else the first there is."""
        kind, ref = self._at()
        if kind == "pack":
            return ref.partition(" ")[0]
        packs = [p.id for p in self.state.packs] if self.state is not None else []
        last = self.home.cursor.pack
        return last if last in packs else packs[0] if packs else ""

    @on(Pick.OptionHighlighted)
    def _moved(self) -> None:
        kind, ref = self._at()
        if kind == "pack":
            self.home.cursor.pack = ref.partition(" ")[0]

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        kind, ref = self._at()
        if kind == "pack":
            self._form(NewSession(pack=ref.partition(" ")[0]))
        elif kind == "planned":
            self._begin(ref)
        elif kind == "session":
            wrong = unusable_words(self._states.get(ref, ""))
            if wrong:
                self.tell(wrong)
            else:
                self.home.exit(ResumeSession(ref=ref))

    def _begin(self, plan: str) -> None:
        async def read(_work: Work) -> NewSession:
            new = await self.home.tools.planned(plan)
            await self.home.tools.check(new)
            return new

        async def run() -> None:
            self.home.exit(await worked(self, _("Reading the pack…"), read))

        self.hint(_("Reading the pack…"))
        self.go(run)

    def action_blank(self) -> None:
        self._form(NewSession(pack=BLANK))

    def action_new(self) -> None:
        self._form(NewSession(pack=self._pack()))

    def _form(self, new: NewSession) -> None:
        def filled(wish: NewSession | str | None) -> None:
            if isinstance(wish, NewSession):
                self.home.exit(wish)
            elif wish:
                self.tell(wish, ok=True)

        self.app.push_screen(NewScreen(new, self.home.tools), filled)

    def action_sheet(self) -> None:
        """The plan of a pack, or of what was planned; what is changed there goes into the form."""
        kind, ref = self._at()

        async def read(_work: Work) -> tuple[NewSession, PackPlan]:
            tools = self.home.tools
            new = await tools.planned(ref) if kind == "planned" else NewSession(pack=self._pack())
            memory = tools.memory()
            return new, await tools.plan_of(new.pack, new.site or memory.place, new.lang or memory.lang)

        async def run() -> None:
            new, plan = await worked(self, _("Reading the pack…"), read)

            def back(changed: NewSession | None) -> None:
                if changed is not None and changed != new:
                    self._form(changed)

            self.app.push_screen(BeforeScreen(plan, new), back)

        if kind != "planned" and not self._pack():
            return
        self.hint(_("Reading the pack…"))
        self.go(run)

    def action_practice(self) -> None:
        kind, ref = self._at()

        def typed(text: str | None) -> None:
            if text is None:
                return
            self.go(lambda: self._practise(kind, ref, int(text)))

        wrong = _("A number from {least} to {most}, please.", least=LEAST_WORKERS, most=MOST_WORKERS)

        def check(text: str) -> str:
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
            return "" if LEAST_WORKERS <= number <= MOST_WORKERS else wrong

        hint = _("A dry run: nothing is kept, nobody can join, and every screen says so. Enter takes the number.")
        title = _("How many simulated workers?")
        box = LineBox(title, hint, does=_("dry run"), missing=wrong, value=str(WORKERS), check=check)
        self.app.push_screen(box, typed)

    async def _practise(self, kind: str, ref: str, workers: int) -> None:
        async def read(_work: Work) -> NewSession:
            tools = self.home.tools
            new = await tools.planned(ref) if kind == "planned" else NewSession(pack=self._pack())
            await tools.check(new)
            return new

        self.home.cursor.row = f"{kind} {ref}"
        self.home.exit(Practice(new=await worked(self, _("Reading the pack…"), read), workers=workers))

    # ---- other screens

    def action_planned(self) -> None:
        def chosen(id: str | None) -> None:
            if id:
                self._begin(id)

        self.app.push_screen(PlannedScreen(self.home.tools), chosen)

    def action_end_empty(self) -> None:
        """The session under the cursor, else the only one."""
        state = self.state or HomeState()
        kind, ref = self._at()
        empty = [s.ref for s in state.sessions if s.empty and s.state in OPEN]
        which = ref if kind == "session" else empty[0] if len(empty) == 1 else ""
        if which not in empty:
            self.tell(_("Choose a session in which nobody took part. Any other one: go on with it, and end it there."))
            return

        async def run() -> None:
            await self.home.tools.end_empty(which)
            self.tell(_("Ended. It goes to head office as well, so that no number is missing there."), ok=True)
            self.action_refresh()

        self.go(run)

    def action_unplan(self) -> None:
        kind, ref = self._at()
        if kind != "planned":
            self.tell(_("Choose a planned session first."))
            return

        async def run() -> None:
            await self.home.tools.unplan(ref)
            self.tell(_("The plan is removed."), ok=True)
            self.action_refresh()

        def sure(yes: bool | None) -> None:
            if yes:
                self.go(run)

        self.app.push_screen(Confirm(_("Remove this planned session?")), sure)

    def action_ready(self) -> None:
        self.app.push_screen(ReadyScreen(self.home.tools))

    def action_standing(self) -> None:
        if self.state is not None:
            self.app.push_screen(StandingScreen(self.state))

    def action_keys(self) -> None:
        self.app.push_screen(KeysScreen(self.home.tools.trust))

    def action_erase(self) -> None:
        """In the session under the cursor."""
        kind, ref = self._at()
        line = next((s for s in self.state.sessions if s.ref == ref), None) if self.state is not None else None
        if kind != "session" or line is None:
            self.tell(_("Choose the session first in which the person was."))
        elif line.state in ("damaged", "missing"):
            self.tell(unusable_words(line.state))
        else:
            title = line.title or _("unknown title")
            self.app.push_screen(EraseScreen(self.home.tools.erasing, ref, f"{line.seq}  {title}  {line.when}"))

    def action_welcome(self) -> None:
        if not isinstance(self.app.screen, WelcomeScreen):
            self.app.push_screen(WelcomeScreen(self.home.tools))

    def action_carry(self) -> None:
        if self.state is not None and not self.state.sessions:
            self.tell(_("There is no session yet."))
            return
        self.app.push_screen(HomeCarryScreen(self.home.tools))
