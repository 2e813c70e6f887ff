"""What the terminal needs and is not the desk's: a small set of tools that the command line hands in.

The terminal knows neither the network nor the disk (docs/architecture.md, Floors): whoever starts it brings the
address, the exports and the way to head office. Every call may raise FieldkitError; its sentence and hint
are shown as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from fieldkit import planned

if TYPE_CHECKING:
    from fieldkit.tui.answerline import AnswerLine
    from fieldkit.tui.erasetools import EraseTools


class RoutedWay(msgspec.Struct, frozen=True, kw_only=True):
    """A routed address that leads here too: a VPN, a second hall. `place` may be empty."""

    url: str
    place: str = ""
    qr_text: str = ""


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """How people join. Cheap to make: it is asked for once a second."""

    url: str
    """What people type, `http://10.42.0.1` (with the port when it is not 80)."""
    code: str
    """Room code, four signs."""
    fresh: str = ""
    """The three digits that hold now."""
    urls: tuple[str, ...] = ()
    """Other addresses of this laptop and its .local name, best first."""
    wall_url: str = ""
    """The projector's page with its token."""
    qr_text: str = ""
    """What the QR code says: the address with the room code, upper case."""
    wifi_name: str = ""
    """The room's Wi-Fi; empty when none was told."""
    wifi_qr: str = ""
    """What its QR code says. It holds the password: for a widget of the invite screen and nothing else."""
    routed: tuple[RoutedWay, ...] = ()
    moved: bool = False
    """The address changed, and nobody has looked at the new QR code yet."""


class AddressLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the laptop's own addresses. `kind`: lan, public, vpn, container, link-local, loopback."""

    ip: str
    interface: str
    kind: str
    shown: bool = False


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps phones out: `code` and `params` for the terminal's own words, English sentence and hint beside."""

    code: str
    sentence: str
    hint: str
    params: dict[str, str] = {}


class JoiningState(msgspec.Struct, frozen=True, kw_only=True):
    """How far people come on their way in. `near` None: the system does not tell who is on the network."""

    near: int | None = None
    seen: int = 0
    page: int = 0
    joined: int = 0
    live: int = 0
    answered: int = 0
    addresses: tuple[AddressLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What one trip to a folder did."""

    folder: Path
    sessions: int = 0
    """How many lie there now that did not before."""
    receipted: int = 0
    """How many of head office's receipts were taken in from there."""
    trust: int | None = None
    """Version of the trust list that was taken in."""
    left_out: int = 0
    """Damaged sessions, which were not packed; `open`: of `sessions`, those that are not ended yet."""
    open: int = 0
    kept: int = 0
    """Sessions in which nobody took part and that are not ended: not carried."""
    sealed: bool = False
    words: str = ""
    """The six words it is sealed to where this laptop has no key of head office; shown once, kept nowhere."""
    plans: tuple[planned.Told, ...] = ()
    packs: int = 0
    """How many packs came and are installed; `answered`: questions of sessions here that were answered since."""
    answered: int = 0


class SaidLine(msgspec.Struct, frozen=True, kw_only=True):
    """What head office says of one session. `result`: stored, already, older, held, fork, refused; `reason`: its code,
    empty for none."""

    seq: int
    title: str
    result: str
    reason: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What one trip to head office over the network did. `to`: its name in the address."""

    to: str
    said: tuple[SaidLine, ...] = ()
    """Of this laptop's sessions that were on their way."""
    receipted: int = 0
    """How many receipts were taken in."""
    trust: int | None = None
    """Version of a newer trust list that was taken in; `policy` likewise."""
    policy: int | None = None
    erased: bool = False
    """What head office has erased lately is erased here too."""
    not_taken: tuple[tuple[str, str], ...] = ()
    """(what, reason): came down and was no use."""
    others: int = 0
    """Files of other laptops that went along and were taken; `others_held`: that were not."""
    others_held: int = 0
    left_out: int = 0
    open: int = 0
    kept: int = 0
    plans: tuple[planned.Told, ...] = ()
    packs: int = 0
    answered: int = 0
    """As in Carried."""
    sealed: bool = False
    skew: int = 0
    """Seconds by which head office's clock is ahead of this laptop's; 0 where that kept no door shut."""


class AskingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A laptop that wants to attach. `words` are its key's; its own screen shows the same ones."""

    no: int
    name: str
    words: str


class ConsoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A laptop that was let in. `live`: it is connected now."""

    no: int
    role: str
    name: str
    live: bool = False


class ConsoleState(msgspec.Struct, frozen=True, kw_only=True):
    """How second consoles stand. `words`: six, of this laptop's listener; `address`: what is typed on the other one."""

    on: bool = False
    address: str = ""
    words: str = ""
    asking: tuple[AskingLine, ...] = ()
    attached: tuple[ConsoleLine, ...] = ()


class RemoteState(msgspec.Struct, frozen=True, kw_only=True):
    """The trainer's phone. `state`: off, offered (a code waits), on, away (the phone is silent)."""

    state: str = "off"
    url: str = ""
    """What the code says, with the key, while it waits. For the remote's own screen and nothing else."""
    phone: str = ""
    """The phone's network address."""
    refused: dict[str, int] = {}
    """How many requests were refused, by reason."""


class ConsoleTools(Protocol):
    """Other laptops that help to run this session. What the rules refuse comes as a FieldkitError too."""

    def state(self) -> ConsoleState:
        """Cheap to make: it is asked for once a second."""

    async def on(self) -> None: ...

    async def off(self) -> None: ...

    async def let_in(self, no: int, role: str) -> None: ...

    async def turn_away(self, no: int) -> None: ...

    async def throw_out(self, no: int) -> None: ...

    def remote(self) -> RemoteState:
        """Cheap to make, like `state`."""

    async def remote_on(self) -> None:
        """A code for one phone; a phone that was the remote is out."""

    async def remote_off(self) -> None: ...


class At(msgspec.Struct, frozen=True, kw_only=True):
    """How far long work is: `done` of `of`, which is 0 where nobody knows. `step`: look, write, check, read, send
    (bytes), take (notes), pack (sessions), records, table, ask (head office), wait (seconds until the next try; `why`
    says in English what is wrong), who, erase, copies (of an erasure)."""

    step: str
    done: int
    of: int
    why: str = ""


Told = Callable[[At], None]
"""How far long work is; called on the thread that works."""
Stop = Callable[[], bool]
"""Whether somebody wants it to stop; asked on the thread that works, which then raises Stopped and leaves nothing
half-done."""
Words = Callable[[str], None]
"""Takes six words that somebody has to write down; called on the thread that works."""


class StickLine(msgspec.Struct, frozen=True, kw_only=True):
    """A stick that is plugged in. `free`: bytes, None when the system does not tell."""

    path: str
    name: str
    free: int | None = None
    read_only: bool = False


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it would be written now: its first lines, escaped as they will stand there, of a CSV file with the
    columns in front that a person reads first. `people`: names of whom it
    names. `path`: where it goes, free at the moment; `taken`: the name without a number is taken."""

    what: str
    as_: str
    lines: tuple[str, ...]
    rows: int
    columns: int
    people: tuple[str, ...]
    path: Path
    taken: bool = False


class SheetLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that hands a file to one phone. `state`: `off`, `offered`, `taken` (by `phone`, its network address) or
    `over`. `left`: seconds that it still works."""

    state: str = "off"
    url: str = ""
    phone: str = ""
    left: int = 0


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A person's key on this laptop. `listed`: head office's list names it; None without a list."""

    id: str
    name: str
    words: str
    sealed: bool = True
    listed: bool | None = None


class WayLine(msgspec.Struct, frozen=True, kw_only=True):
    """How far one session is on its way: as `SessionLine.sync`, or `kept`. `at` and `receipt` are local times."""

    seq: int
    title: str
    at: str
    stage: str
    records: int
    carried: tuple[str, ...] = ()
    """Folders in which a copy of it lies, and addresses to which it was sent."""
    receipt: str = ""
    readable: bool = True
    said: str = ""
    """What head office answered where it has not taken all of it: held, fork or refused; `why`: the reason's code."""
    why: str = ""


class Carrier(Protocol):
    """The ways to head office: for a live session and for the home screen alike."""

    async def sticks(self) -> list[StickLine]:
        """What is plugged in now."""

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        """Carry to `folder`, sealed, what head office has not receipted, and take in what it sent back."""

    async def office(self) -> str:
        """Head office's address, as the settings or the last trip have it; empty where nobody said one."""

    def check_office(self, address: str) -> None:
        """FieldkitError says why `address` cannot be one."""

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        """Bring to head office over https what it has not receipted, and take in what it has for this laptop. `now`:
        whether the next try is wanted at once. `words` gets the six words of a file that was sealed to them, once
        anything of it has left."""


class Tools(Carrier, Protocol):
    """For a live session."""

    @property
    def consoles(self) -> ConsoleTools | None:
        """None where this terminal is itself a second console."""

    @property
    def erasing(self) -> EraseTools | None:
        """None where this terminal is itself a second console."""

    def invite(self) -> Invite: ...

    def joining(self) -> JoiningState:
        """How joining goes now. Cheap to make: it is asked for once a second."""

    def show_address(self, ip: str) -> None:
        """Show this one of the laptop's own addresses in the QR code. FieldkitError when it cannot be."""

    def seen_moved(self) -> None:
        """The QR code with the address that holds now has been on the screen."""

    def formats(self, what: str) -> tuple[str, ...]:
        """What a table can be written as."""

    async def preview(self, what: str, as_: str, told: Told | None = None, stop: Stop | None = None) -> Preview:
        """How the table `what` (attendance, answers…) of this session would be written now."""

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        """Write it there, and its signed note beside it; the file. Nothing that is there is overwritten."""

    async def way(self) -> list[WayLine]:
        """Every session of this laptop on its way to head office, newest first."""

    async def keys(self) -> list[KeyLine]:
        """Keys of people on this laptop."""

    async def make_key(self, id: str, passphrase: str, stop: Stop | None = None) -> KeyLine:
        """`stop` is asked before it is kept."""

    async def attest(self, key: str, passphrase: str, meaning: str, name: str, stop: Stop | None = None) -> int:
        """Sign this session with a person's key; index of the record. FieldkitError when the passphrase is wrong.
        `stop` is asked before it signs."""

    async def hand_over(
        self, key: str, passphrase: str, name: str, to_name: str, to: str, stop: Stop | None = None
    ) -> int:
        """Who led signs what is recorded so far, and `to_name` leads from here on; index of the record. `to`: id of
        a key on this laptop that is theirs, empty for none. As `attest` else."""

    async def stage(self) -> str:
        """How far this session is on its way: as `SessionLine.sync`, or `part` when an earlier state of it has left.
        Read off the loop; FieldkitError when it cannot be."""

    async def answers(self) -> list[AnswerLine]: ...

    def sheet(self) -> SheetLink:
        """The link that hands one table to one phone, and how it is doing."""

    async def hand(self, what: str, as_: str) -> None:
        """Make such a link, for ten minutes and one download; the one before is worth nothing. Where the file went is
        written down. Raises FieldkitError."""

    def hand_off(self) -> bool:
        """Take the link back; False if none waited."""

    def kiosk_state(self) -> str:
        """`off` (no token, no device), `offered` (an address waits), `away` (the tablet is silent) or `on`."""

    def kiosk_url(self) -> str:
        """The address that waits for a tablet; empty when none does."""

    async def kiosk(self) -> str:
        """The address that makes one tablet the kiosk, once. A tablet that is the kiosk stays so until another one
        opens the address."""

    async def kiosk_off(self) -> bool:
        """Take the kiosk back; False if there was none."""
