"""The reading side of the desk: views, seats, receipts, and who is told of changes. Nothing here takes a wish."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable

import msgspec

from fieldkit.clock import Clock
from fieldkit.core import ballot_views, muster
from fieldkit.core import intents as w
from fieldkit.core.clean import western
from fieldkit.core.kept_lines import KeptLines
from fieldkit.core.log_view import KEPT, log_lines
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.records import Record
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.state import Person
from fieldkit.core.views import RoomView, SeatView, WallView
from fieldkit.core.wall_view import wall_view
from fieldkit.errors import FieldkitError
from fieldkit.log.ballots import Ballots
from fieldkit.log.store import Store
from fieldkit.moments import SessionClock
from fieldkit.proofs import Proofs, codes_of
from fieldkit.pulse import Pulse
from fieldkit.seats import Seats, fresh_code, new_participant
from fieldkit.words import words_for

log = logging.getLogger("fieldkit.desk")


class Face:
    """What `Desk` shows of the committed fold, which only `Desk` changes."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, secret: bytes, code: str, ballots: Ballots) -> None:
        self.store = store
        self.plan = plan
        self.clock = clock
        self.secret = secret
        self.code = code
        """The room code."""
        self.session = Session(origin=store.origin, plan=plan)
        """The committed fold; read only for everybody but the desk."""
        self.pulse = Pulse()
        self._ballots = ballots
        self._seats = Seats()
        self._lines = KeptLines()
        self._newest: deque[Record] = deque(maxlen=KEPT)
        self._media: dict[str, bytes] = {}
        """Pictures and clips that were asked for; a pack's budget bounds them."""
        self._proofs = Proofs()
        self._time = SessionClock(clock)
        self._writing_ns: int | None = None
        """The steady clock when the commit under way began."""
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> int:
        """The session's `m` now: ms since it opened, sleep and downtime counted."""
        return self._time.now()

    # ---- showing ---------------------------------------------------------------------------------------------

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Be called (on the loop, cheaply) after each change of fold or pulse; returns how to stop that."""
        self._listeners.append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(callback)

        return stop

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            try:
                callback()
            except Exception:  # whoever looks on must not stop the writer
                log.exception("somebody could not be told of a change")

    def pulse_changed(self) -> None:
        """Somebody connected, left or asked; no record, but the console shows it."""
        self._tell()

    def admit(self, n: int | None = None) -> int:
        """Let `n` more in than expected (None: as many as wait at the door); how many that is. No record."""
        given = self.pulse.admit(n)
        self._tell()
        return given

    def tick(self, who: str, on: bool = True) -> bool:
        """Tick somebody off the roll of the alarm, or take the tick back; False for who is not on it. No record: how
        the call came out is one, when the alarm ends."""
        if all(x.p != who for x in muster.roll(self.session)):
            return False
        if self.session.alarm_m is not None and self.pulse.tick(who, on):
            self._tell()
        return self.session.alarm_m is not None

    def _ticked(self) -> set[str]:
        """Ids of the roll as it is now: who was merged into another one is ticked off as that one."""
        return {self.session.head(p) for p in self.pulse.mustered}

    def _called(self, intent: w.Resume) -> w.Resume:
        """With what only the desk knows of the roll: who is ticked off, and the language of the record."""
        say = words_for(self.plan.language).say
        words = say(muster.DONE), say(muster.MISSING)
        return msgspec.structs.replace(intent, ticked=tuple(sorted(self._ticked())), words=words)

    def retry_ms(self) -> int:
        """The window in which phones spread their retries: max(2, N/1000) s."""
        return max(2000, self.session.joined)

    def shared_view(self, lang: str) -> SeatView:
        """What every phone of a language shows, without anything personal."""
        view = shared_view(self.session, lang, self.now(), self.retry_ms())
        return ballot_views.in_shared(self.session, view, self._ballots.n)

    def seat_view(self, p: str | None, lang: str) -> SeatView:
        view = seat_view(self.session, p, lang, self.now(), self.retry_ms())
        view = ballot_views.in_shared(self.session, view, self._ballots.n)
        view = ballot_views.in_seat(self.session, view, self._ballots.voted)
        if p is None or view.bye is None:
            return view
        came = self.arrived(p)
        code = self._proofs.code(came.p) if came is not None else ""
        return msgspec.structs.replace(view, bye=msgspec.structs.replace(view.bye, code=code))

    def room_view(self, lang: str = "") -> RoomView:
        lang = lang or self.plan.language
        view = room_view(self.session, lang, self.now(), self.pulse.live, self._lines.line, self._lines.ending)
        view = self.pulse.beside(ballot_views.in_room(self.session, view, self._ballots.n))
        if view.alarm is not None:
            alarm = muster.with_ticks(view.alarm, self._ticked(), lost=self.pulse.ticks_lost)
            view = msgspec.structs.replace(view, alarm=alarm)
        return msgspec.structs.replace(view, log=log_lines(self.session, self._newest, lang), lag_ms=self.lag_ms())

    def lag_ms(self) -> int:
        """How long the disk has been at the commit that is under way; 0 when none is."""
        return 0 if self._writing_ns is None else max(0, self.clock.reading_ns() - self._writing_ns) // 1_000_000

    def wall_view(self, lang: str = "") -> WallView:
        view = wall_view(self.session, lang or self.plan.language, self.now())
        return ballot_views.in_wall(self.session, view, self._ballots.n)

    def activity(self, id: str) -> Activity | None:
        """Of the plan, made on the spot, or the roll call."""
        return self.session.activity(id)

    def person_name(self, p: str) -> str:
        """The entry as people call it: its name, else its badge; empty for nobody here."""
        who = self.session.people.get(p)
        return who.called if who is not None else ""

    # ---- seats and receipts ----------------------------------------------------------------------------------

    def seat_of(self, token: str) -> list[str]:
        """Participants this token may act for, the owner first; empty: no seat (any more)."""
        return self._seats.who(self.session, token)

    def knows_seat(self, token: str) -> bool:
        """The token was given out here, even if it has been released since."""
        return self._seats.knows(token)

    def lost_seat(self, token: str) -> str:
        """The reason why a token seats nobody: `removed`, `released`, or `no-seat` if it was never given out."""
        return self._seats.lost(self.session, token)

    def new_p(self) -> str:
        """A participant id: 6 random bytes base64url, new for each session."""
        return new_participant()

    def fresh(self) -> str:
        return fresh_code(self.secret, self.clock.wall_ms())

    def fresh_ok(self, digits: str) -> bool:
        """The current or the previous fresh code, in digits of any script."""
        wall = self.clock.wall_ms()
        return western(digits.strip()) in (fresh_code(self.secret, wall), fresh_code(self.secret, wall, back=1))

    async def media(self, digest: str) -> bytes | None:
        """The picture or clip with this SHA-256 (hex), once an activity that shows it has been opened; else None."""
        opened = (one.activity for rounds in self.session.runs.values() for one in rounds)
        if not digest or not any(digest == a.image or digest in a.audio for a in opened):
            return None
        if digest not in self._media:
            found = await self.store.meta(f"blob/{digest}")
            if found is None:
                return None
            self._media[digest] = found
        return self._media[digest]

    def arrived(self, p: str) -> Person | None:
        """Of a participant's entries the one that arrived first: the one that a receipt can prove."""
        came = [x for x in self.session.entries(p) if x.joined_i is not None]
        return min(came, key=lambda x: x.joined_i or 0, default=None)

    async def receipt(self, p: str) -> bytes:
        """The participant's receipt (docs/log-format.md): proof that their arrival is in the signed log."""
        person = self.arrived(p)
        if person is None or person.joined_i is None:
            raise FieldkitError("There is no receipt for somebody who did not come in.", "Come in first.")
        return await self._proofs.receipt(self.store, person.joined_i)

    def receipt_code(self, receipt: bytes) -> tuple[str, str]:
        """(short code as people read it, text of the QR code or nothing when it is too long for one) of a receipt."""
        return codes_of(receipt)
