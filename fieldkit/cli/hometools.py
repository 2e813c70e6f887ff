"""What the home screen may ask of the rest of the house: what lies here, what is planned, what a roster says.

The roof's answer to `fieldkit.tui.hometools`. Whatever reads more than one small file works in a thread.
"""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from fieldkit.cli import memory, rosterfiles
from fieldkit.cli.carrytools import CarryTools
from fieldkit.cli.compiled import compile_for
from fieldkit.cli.erasetools import EraseTools
from fieldkit.cli.homestatus import Certified, check_line, status, trust_of
from fieldkit.cli.keytools import KeyTools
from fieldkit.cli.plantools import planned_line
from fieldkit.cli.progress import each_of
from fieldkit.clock import local_zone
from fieldkit.config import Settings
from fieldkit.core.plan import Plan, Segment, Step
from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.lan.qr import invite_text
from fieldkit.log.listing import OPEN, nobody_came
from fieldkit.packs.compile import Compiled, require_runnable
from fieldkit.packs.find import list_packs
from fieldkit.planned import AT, CANCELLED, Planned, PlannedFolder, by_time, read_when
from fieldkit.roster import Fixes, read_bytes
from fieldkit.rosterlook import Look, look
from fieldkit.station import SessionRef, Station
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.purge import purged_ms
from fieldkit.tui.hometools import (
    CheckLine,
    HomeState,
    Memory,
    NewSession,
    PackLine,
    PackPlan,
    PhoneCheck,
    PhoneWords,
    PlannedLine,
    RosterFile,
    SegmentPlan,
    SessionLine,
    StepPlan,
)
from fieldkit.tui.tools import FindingLine, Stop, Told

if TYPE_CHECKING:
    from fieldkit.lan.check import CheckPage


class StationTools(CarryTools):
    """For the home screen, on one data folder."""

    def __init__(
        self, station: Station, settings: Settings | None = None, *, folders: list[Path] | None = None
    ) -> None:
        """`folders`: where rosters are looked for instead of the usual places."""
        super().__init__(station, settings)
        self._settings = settings or Settings(home=station.home)
        self._folders = folders
        self._certified = Certified()
        self._nobody: dict[str, tuple[int, bool]] = {}
        """Origin → (records, whether nobody took part)."""
        self._page: CheckPage | None = None
        self._bytes: tuple[Path, bytes] | None = None
        """The roster that is being looked at: each fix reads it anew, and a stick is slow."""

    @property
    def trust(self) -> KeyTools:
        return KeyTools(self._station, self.sticks)

    @property
    def erasing(self) -> EraseTools:
        return EraseTools(self._station, self.sticks)

    @property
    def _plans(self) -> PlannedFolder:
        return PlannedFolder(self._station.home)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._settings.tz or local_zone())

    def _now(self) -> datetime.datetime:
        """Local time without a zone."""
        return datetime.datetime.fromtimestamp(self._station.clock.wall_ms() / 1000, self._zone).replace(tzinfo=None)

    # ---- what lies here --------------------------------------------------------------------------------------

    async def look(self) -> HomeState:
        return await asyncio.to_thread(self._look)

    def _look(self) -> HomeState:
        refs = self._station.sessions()
        outbox = Outbox(self._station.outbox)
        now = self._now()
        packs = self._packs()
        titles = {pack.id: pack.title for pack in packs}
        return HomeState(
            sessions=tuple(self._line(ref, outbox) for ref in reversed(refs)),
            planned=tuple(
                sorted(
                    (planned_line(x, now, titles, self._zone) for x in self._plans.waiting()),
                    key=lambda x: by_time(x.at, x.id),
                )
            ),
            packs=tuple(packs),
            status=status(self._station, refs, self._settings.tz),
        )

    def _packs(self) -> list[PackLine]:
        trust, now = trust_of(self._station), self._station.clock.wall_ms() // 1000
        keys = _trainers(self._station.home)
        newest = {x.id: x for x in reversed(list_packs(self._station.packs_dir))}  # what an id means when it is begun
        return [
            PackLine(
                id=x.id,
                version=x.version,
                title=x.title or x.id,
                minutes=x.minutes,
                langs=tuple(x.langs),
                problem=x.problem,
                certified=self._certified.pack(x, trust, now),
                trainer=self._certified.trainer(x, trust, keys, now),
            )
            for x in reversed(newest.values())
        ]

    def _line(self, ref: SessionRef, outbox: Outbox) -> SessionLine:
        when = datetime.datetime.fromtimestamp(ref.opened_t / 1000, self._zone)
        stage = outbox.facts(ref.origin).stage(ref.size)
        return SessionLine(
            ref=ref.origin,
            seq=ref.seq,
            title=ref.title,
            when=when.strftime(AT) if ref.opened_t > 0 else "",
            state=ref.state,
            sync="" if stage == "kept" else stage,
            purged=stage == "receipted" and purged_ms(ref) is not None,
            empty=self._empty(ref),
        )

    def _empty(self, ref: SessionRef) -> bool:
        """Read once as long as the session does not grow."""
        kept = self._nobody.get(ref.origin)
        if kept is None or kept[0] != ref.size:
            kept = self._nobody[ref.origin] = (ref.size, nobody_came(ref))
        return kept[1]

    async def end_empty(self, ref: str) -> None:
        from fieldkit.core.intents import FACILITATOR, End
        from fieldkit.desk import Accepted, Desk

        found = await asyncio.to_thread(self._station.find, ref)
        if found.state not in OPEN or not await asyncio.to_thread(nobody_came, found):
            raise NotPossible("Somebody took part in this session.", "Go on with it, and end it with E.")
        begun = await self._station.resume(found)
        desk = Desk(begun.store, begun.plan, self._station.clock, begun.secret, begun.code)
        try:
            await desk.start()
            done = await desk.submit(End(), FACILITATOR)
            if not isinstance(done, Accepted):
                raise NotPossible("The session could not be ended.", "Go on with it, and end it with E.")
            await asyncio.to_thread(self._station.remember, begun.store)
        finally:
            await desk.close()

    def memory(self) -> Memory:
        """What was used last; what the settings say where nothing was."""
        found = memory.recall(self._station.home)
        s = self._settings
        return msgspec.structs.replace(found, trainer=found.trainer or s.facilitator, place=found.place or s.site)

    def remember(self, kept: Memory) -> None:
        memory.keep(self._station.home, kept)

    # ---- packs and plans -------------------------------------------------------------------------------------

    def _compiled(self, pack: str, site: str) -> Compiled:
        try:
            compiled = compile_for(self._station, pack, site)
        except BadBytes as wrong:
            raise WrongUsage(f"The pack is refused: {wrong.detail or wrong.reason}.", "Get it again.") from wrong
        require_runnable(compiled.plan)
        return compiled

    async def check(self, new: NewSession) -> None:
        """The pack is read as it would be at the start, so that what is wrong shows in the form."""
        compiled = await asyncio.to_thread(self._compiled, new.pack, new.site)
        _check_changes(compiled.plan, new)

    async def plan_of(self, pack: str, site: str, lang: str) -> PackPlan:
        compiled = await asyncio.to_thread(self._compiled, pack, site)
        return pack_plan(compiled.plan, lang)

    async def plan_for(self, new: NewSession, when: str) -> PlannedLine:
        now = self._now()
        at = read_when(when, now)
        if at < now - datetime.timedelta(days=1):
            raise WrongUsage(f"{at:%Y-%m-%d} has passed.", "Give a day to come.")
        await self.check(new)
        plan = Planned(
            v=1,
            pack=new.pack,
            at=at.strftime(AT),
            title=new.title,
            place=new.site,
            trainer=new.facilitator,
            lang=new.lang,
            expected=new.expected,
            changes=new.changes,
            within=new.within,
            room=new.room,
        )
        id = await asyncio.to_thread(self._plans.add, plan)
        return planned_line(self._plans.find(id), now, {}, self._zone)

    async def planned(self, id: str) -> NewSession:
        entry = await asyncio.to_thread(self._plans.find, id)
        plan = entry.plan
        if plan is None:
            raise WrongUsage(entry.wrong, f"`fieldkit plan remove {entry.id}` takes it away.")
        if plan.office == CANCELLED:
            raise NotPossible(
                "Head office called this session off.", "If it is to take place all the same, begin a new one."
            )
        return NewSession(
            pack=plan.pack,
            title=plan.title,
            site=plan.place,
            facilitator=plan.trainer,
            lang=plan.lang,
            expected=plan.expected,
            changes=plan.changes,
            planned=entry.id,
            room=plan.room,
            within=plan.within,
        )

    async def unplan(self, id: str) -> None:
        await asyncio.to_thread(self._plans.remove, id)

    # ---- roster ----------------------------------------------------------------------------------------------

    async def roster_files(self) -> list[RosterFile]:
        return await asyncio.to_thread(rosterfiles.files, self._folders)

    async def roster_places(self) -> list[str]:
        folders = await asyncio.to_thread(rosterfiles.places) if self._folders is None else self._folders
        return [rosterfiles.written(x) for x in folders]

    async def roster_named(self, typed: str) -> list[str]:
        return await asyncio.to_thread(rosterfiles.going_on, typed)

    async def roster(self, path: Path, fixes: Fixes, told: Told | None = None, stop: Stop | None = None) -> Look:
        each = each_of("read", told, stop)

        def read() -> Look:
            if self._bytes is None or self._bytes[0] != path or fixes == Fixes():
                self._bytes = (path, read_bytes(path, each))
            each(0, 0)
            return look(self._bytes[1], fixes)

        return await asyncio.to_thread(read)

    # ---- room and network ------------------------------------------------------------------------------------

    async def room_check(self) -> list[CheckLine]:
        from fieldkit.cli.doctor import examine

        lines, _status, _wrong = await asyncio.to_thread(examine, self._station.home)
        return [check_line(x) for x in lines]

    async def open_check(self, words: PhoneWords) -> None:
        from fieldkit.lan import early  # noqa: F401 - before anything that imports aiohttp
        from fieldkit.lan.check import CheckPage, Words

        await self.close_check()
        page = CheckPage(Words(words.title, words.seen, words.question, words.choices, words.thanks, words.lang))
        await page.start(bind=self._settings.bind, port=self._settings.port, allow_hosts=self._settings.allow_host)
        self._page = page

    def phone_check(self) -> PhoneCheck:
        if self._page is None:
            raise FieldkitError("The check is not open.", "Go back and begin it again.")
        found = self._page.found()
        return PhoneCheck(
            url=found.url,
            qr_text=invite_text(found.url),
            phone=found.phone,
            here=found.here,
            answer=found.answer,
            findings=tuple(
                FindingLine(code=f.code, sentence=f.sentence, hint=f.hint, params=f.params) for f in found.findings
            ),
        )

    async def close_check(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            await page.stop()


def pack_plan(plan: Plan, lang: str) -> PackPlan:
    """A compiled plan as the screen before a session shows it, in `lang` as far as the pack speaks it."""

    def words(segment: Segment, step: Step) -> str:
        asked = plan.activity(step.activity) if step.activity else None
        slides = segment.slides
        slide = slides[step.slide - 1] if step.slide and step.slide <= len(slides) else None
        heading = plan.say(slide.text, lang).strip().partition("\n")[0] if slide is not None else ""
        return plan.say(step.text, lang) or (plan.say(asked.text, lang) if asked is not None else heading)

    return PackPlan(
        title=plan.say(plan.title, lang),
        version=plan.version,
        minutes=plan.minutes,
        segments=tuple(
            SegmentPlan(
                id=s.id,
                title=plan.say(s.title, lang),
                phase=s.phase,
                minutes=s.minutes,
                notes=plan.say(s.notes, lang),
                steps=tuple(StepPlan(at=t.at, do=t.do, words=words(s, t)) for t in s.steps),
            )
            for s in plan.segments
        ),
    )


def _check_changes(plan: Plan, new: NewSession) -> None:
    """A pack that changed after it was planned may have lost a segment."""
    changed = [segment for segment, _minutes in new.changes.minutes] + list(new.changes.skip)
    gone = [segment for segment in changed if plan.segment(segment) is None]
    if gone:
        raise WrongUsage(
            f"The pack has no segment {gone[0]} any more, which was changed for this session.",
            "Look at its plan again; the changes can be put back there.",
        )
    if not new.changes.leaves(segment.id for segment in plan.segments):
        raise WrongUsage("Every segment is skipped for this session.", "One has to stay: look at its plan again.")


def _trainers(home: Path) -> list[str]:
    """Public keys of the trainers who have one on this laptop."""
    found = []
    for path in sorted((home / "keys").glob("fac-*.vkey"))[:50]:
        try:
            with path.open("rb") as file:
                found.append(file.read(1024).decode("ascii", "replace").strip())
        except OSError:
            continue
    return found
