"""Whose figures somebody sees: blocks of five trainers that share nothing (docs/delivery.md, *Who sees what*)."""

from __future__ import annotations

import dataclasses

from tests.recount.few import Cell, held
from tests.recount.figures import FEW, Sums, of_session, total
from tests.recount.logs import Log
from tests.recount.world import FACILITATOR, SUPERVISOR, Who, World, place

FIVE = 5
EVERY = "*"


@dataclasses.dataclass
class Ran:
    """One session that counts. `fac`: as whom it is counted, empty where nobody can say."""

    log: Log
    pack: str
    version: str
    quarter: str
    site: str
    fac: str
    led: str
    named: bool


@dataclasses.dataclass
class Part:
    """What is shown on one line: sessions put together. `pack` `*`: of every version."""

    site: str
    pack: str
    version: str
    some: list[Ran]
    sums: Sums
    trainer: str = ""
    held: set[Cell] = dataclasses.field(default_factory=set)
    """What it does not show, because few answered elsewhere."""

    def shows(self, n: int, *cell: str) -> bool:
        """Whether more is shown of this than how many answered."""
        return n >= FEW and cell not in self.held

    @property
    def quarters(self) -> list[str]:
        return sorted({x.quarter for x in self.some})


class Delivered:
    """Figures of every session, and the groups in which they may be shown."""

    def __init__(self, world: World) -> None:
        self.world = world
        logs = world.counted()
        led = {x.origin: leader(world, x) for x in logs}
        keyed = {x.device for x in logs if led[x.origin]}
        self.sums = {x.origin: of_session(world, x) for x in logs}
        self.ran = []
        for log in logs:
            fac = led[log.origin] or ("" if log.device in keyed else log.device)
            room, pack = world.sheet(log.origin).room, log.head["pack"]
            quarter = f"{room.day.year}-Q{(room.day.month + 2) // 3}"
            site = str(log.head.get("site") or "")
            named = bool(room.policy.get("named"))
            self.ran.append(Ran(log, pack["id"], pack["version"], quarter, site, fac, led[log.origin], named))
        self.periods = sorted({x.quarter for x in self.ran}, reverse=True)
        self.packs = sorted({(x.pack, x.version) for x in self.ran})

    def part(self, site: str, pack: str, version: str, some: list[Ran], trainer: str = "") -> Part:
        return Part(site, pack, version, some, total(self.sums[x.log.origin] for x in some), trainer)

    def _held(self, blocks: list[tuple[tuple[str, ...], list[Ran]]], mine: list[int]) -> set[Cell]:
        return held([(q, total(self.sums[x.log.origin] for x in some)) for q, some in blocks], mine)

    # -- blocks ----------------------------------------------------------------------------------------------------

    def blocks(self) -> list[list[Ran]]:
        """Quarters put together until five are in them; divided by site where each part has five."""
        out = []
        for pack in self.packs:
            mine = [x for x in self.ran if (x.pack, x.version) == pack]
            open_: list[Ran] = []
            for quarter in sorted({x.quarter for x in mine}):
                open_ += [x for x in mine if x.quarter == quarter]
                if self._five(open_):
                    out += self._by_site(open_)
                    open_ = []
        return out

    def _by_site(self, some: list[Ran]) -> list[list[Ran]]:
        sites: dict[str, list[Ran]] = {}
        for one in some:
            sites.setdefault(place(one.site), []).append(one)
        enough = [x for _, x in sorted(sites.items()) if self._five(x)]
        rest = [one for x in sites.values() if not self._five(x) for one in x]
        if not enough or (rest and not self._five(rest)):
            return [some]
        return [*enough, *([rest] if rest else [])]

    def _five(self, some: list[Ran]) -> bool:
        return len({x.fac for x in some if x.fac and not self._agreed(x)}) >= FIVE

    def trainers(self, part: Part) -> int:
        """How many different ones led these sessions, but for those under an agreement."""
        return len({x.fac for x in part.some if x.fac and (part.trainer or not self._agreed(x))})

    def _agreed(self, one: Ran) -> bool:
        """Whether everything of this trainer in this version and quarter was recorded under an agreement."""
        return bool(one.led) and all(
            x.named
            for x in self.ran
            if (x.led, x.pack, x.version, x.quarter) == (one.led, one.pack, one.version, one.quarter)
        )

    # -- what an account sees --------------------------------------------------------------------------------------

    def seen(self, who: Who, asked: dict[str, str]) -> tuple[list[Part], int, int]:
        """(lines, sessions in them, sessions that match)."""
        pack, _, version = asked.get("pack", "").partition("@")

        def fits(x: Ran) -> bool:
            since, until = asked.get("since", ""), asked.get("until", "")
            return pack in ("", x.pack) and version in ("", x.version) and (
                (not since or x.quarter >= since) and (not until or x.quarter <= until)
            )  # fmt: skip

        site = asked.get("site", "")
        every = [x for x in self.ran if fits(x)]
        if who.role == FACILITATOR or asked.get("by") == "trainer":
            keys = [who.key] if who.role == FACILITATOR else sorted({x.led for x in every if x.led})
            own = who.role == FACILITATOR
            some = [x for x in every if x.led in keys and (own or self._agreed(x))]
            parts = []
            for key in sorted({(x.led, x.pack, x.version) for x in some}):
                part = self.part(EVERY, *key[1:], [x for x in some if (x.led, x.pack, x.version) == key], key[0])
                theirs = [x for x in self.ran if (x.led, x.pack, x.version) == key and (own or self._agreed(x))]
                quarters = sorted({x.quarter for x in theirs})
                blocks = [((q,), [x for x in theirs if x.quarter == q]) for q in quarters]
                part.held = self._held(blocks, [k for k, q in enumerate(quarters) if q in part.quarters])
                parts.append(part)
            return parts, len(some), len(some) if own else len(every)
        blocks = [b for b in self.blocks() if all(map(fits, b))]
        versions = [x for x in self.ran if pack in ("", x.pack) and version in ("", x.version)]
        places = [EVERY, *sorted({place(b[0].site) for b in blocks if len({place(x.site) for x in b}) == 1})]
        if who.role == SUPERVISOR:
            mine = {place(x) for x in who.sites} & ({place(site)} if site else {place(x) for x in who.sites})
            parts = self._parts(blocks, [x for x in places if x in mine], versions)
            n = sum(len(x.some) for x in parts if x.pack != EVERY)
            return parts, n, sum(place(x.site) in mine for x in every)
        parts = self._parts(blocks, [place(site)] if site else places, versions)
        whole = [x for x in parts if x.site == EVERY] or parts
        n = sum(len(x.some) for x in whole if x.pack != EVERY)
        return parts, n, sum(not site or place(x.site) == place(site) for x in every)

    def _parts(self, blocks: list[list[Ran]], places: list[str], asked: list[Ran]) -> list[Part]:
        out = []
        for at in places:
            some = [b for b in blocks if all(at in (EVERY, place(x.site)) for x in b)]
            name = EVERY if at == EVERY else spelled(asked, at)
            versions = sorted({(b[0].pack, b[0].version) for b in some})
            for pack in versions:
                part = self.part(name, *pack, [x for b in some for x in b if (x.pack, x.version) == pack])
                every = [b for b in self.blocks() if (b[0].pack, b[0].version) == pack]
                mine = [k for k, b in enumerate(every) if any(x is y for x in b for y in part.some)]
                part.held = self._held([(tuple(sorted({x.quarter for x in b})), b) for b in every], mine)
                out.append(part)
            if len(versions) > 1:
                out.append(self.part(name, EVERY, "", [x for b in some for x in b]))
        return out


def spelled(ran: list[Ran], at: str) -> str:
    """A place as most sessions write it."""
    words = [x.site for x in ran if place(x.site) == at]
    return max(sorted(set(words), reverse=True), key=words.count, default=at)


def leader(world: World, log: Log) -> str:
    """The key that led or signed the session: of the trainer set last, else of who opened it, else who signed."""
    room = world.sheet(log.origin).room
    keys = [key for role, key, _ in room.staff if role == "trainer" and key]
    signed = [x.d["key"] for x in log.records if x.k == "sign.by" and x.d["meaning"] == "held"]
    return next((x for x in (*keys[::-1], str(log.head.get("fac") or ""), *signed[::-1]) if x), "")
