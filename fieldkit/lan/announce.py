"""DNS-SD: say that a session is here, and find the ones that others say. A hint, never a proof; the key decides.

Registration takes over a second (probing), so it runs beside everything else, after HTTP is up; whatever goes wrong
here is told once and never ends a session. Everything read from the network is foreign text: other people's
devices answer too, some of them with nonsense.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from zeroconf import IPVersion, ServiceInfo, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from fieldkit.core.clean import clean_text
from fieldkit.lan.address import Address, own_addresses, web_address

TYPE = "_fieldkit._tcp.local."
LABEL_BYTES = 63
VALUE_BYTES = 199
DOT = "\u2024"
SRV, IN = 33, 1
"""Type and class of the record that says which host a name belongs to (RFC 2782)."""
MOST_NAMES = 20
"""So often another name is tried; whoever takes each of them is no accident."""
REPEAT_S = 3.0
LOOK_AGAIN_S = 10.0
"""How often the own addresses are looked at: a laptop changes its Wi-Fi."""

log = logging.getLogger("fieldkit.lan")


def cut(text: str, most: int) -> str:
    """At most `most` UTF-8 bytes, on a character border."""
    return text.encode()[:most].decode("utf-8", "ignore")


def host_of(origin: str) -> str:
    """`fk-<8 hex>.local.`: host names are not probed, so it must be nobody else's by luck alone. A session keeps its
    own through a restart: whoever typed it comes back by it."""
    return f"fk-{hashlib.sha256(b'fieldkit host name' + origin.encode()).hexdigest()[:8]}.local."


def service(
    title: str, host: str, port: int, addresses: Sequence[str], txt: dict[str, str], suffix: str = ""
) -> ServiceInfo:
    """What is announced. Instance name and values are cut to what DNS takes; `suffix` stays whole.

    zeroconf writes a dot as a border between labels, and avahi and Bonjour then drop the whole answer: a title's dots
    travel as U+2024, which looks the same, and are dots again when a name is read.
    """
    name = clean_text(title, 63).strip(" .").replace(".", DOT)
    name = (cut(name, LABEL_BYTES - len(suffix)).strip() or "fieldkit") + suffix
    properties = {k: cut(v, VALUE_BYTES) for k, v in txt.items()}
    return AsyncServiceInfo(
        TYPE,
        f"{name}.{TYPE}",
        port=port,
        properties=properties,
        server=host,
        addresses=[socket.inet_aton(a) for a in addresses],
    )


class Announcer:
    """Keeps one session announced on the right interfaces until `stop`, which says goodbye.

    Beside that it listens for others that say the same: whoever browses could take them for us.
    """

    def __init__(
        self,
        title: str,
        port: int,
        txt: dict[str, str],
        host: str,
        *,
        addresses: Callable[[], list[Address]],
    ) -> None:
        """`addresses`: where to announce; a VPN or container network would only multiply answers that lead nowhere."""
        self.title, self.port, self.txt, self.host = title, port, txt, host
        self.problem = ""
        """Why nothing is announced, in words; empty while it works."""
        self.others = Others(heard=self._heard)
        """Everything that is announced here beside us."""
        self._given_way = 0
        """How often another announcement of the same name went first."""
        self._addresses = addresses
        self._again = asyncio.Event()
        self._zeroconf: AsyncZeroconf | None = None
        self._info: ServiceInfo | None = None
        self._task: asyncio.Task[None] | None = None
        self._say_again: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background; returns at once."""
        self._task = asyncio.create_task(self._keep(), name="announce")

    async def _keep(self) -> None:
        known: list[str] = []
        while True:
            now = [a.ip for a in self._addresses()] or ["127.0.0.1"]
            if now != known or self._gives_way():
                await self._close()
                known = now if await self._register(now) else []
            self._again.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), LOOK_AGAIN_S)

    def look_again(self) -> None:
        """The addresses may have changed: do not wait for the next look."""
        self._again.set()

    def _heard(self, name: str) -> None:
        if self._info is not None and name.lower() == self._info.name.lower():
            self._again.set()

    def _gives_way(self) -> bool:
        """Somebody else announces our very name, and it is for us to take another one.

        Two that begin at once do not hear each other's probes (two programs of one machine never do: the answer goes to
        either of them), and browsers would show now the one, now the other. Of two sessions the later host name gives
        way; the other one says its name again, since a goodbye takes it out of everybody's list.
        """
        zeroconf, info = self._zeroconf, self._info
        if zeroconf is None or info is None:
            return False
        found = zeroconf.zeroconf.cache.get_all_by_details(info.name, SRV, IN)
        servers = {str(getattr(record, "server", "")).lower() for record in found} - {"", self.host.lower()}
        if not servers:
            return False
        if all(other.startswith("fk-") and other > self.host.lower() for other in servers):
            if self._say_again is None or self._say_again.done():
                self._say_again = asyncio.create_task(self._repeat(zeroconf, info), name="announce again")
            return False
        self._given_way += 1
        return self._given_way < MOST_NAMES

    async def _repeat(self, zeroconf: AsyncZeroconf, info: ServiceInfo) -> None:
        await asyncio.sleep(REPEAT_S)
        if self._zeroconf is zeroconf:
            with contextlib.suppress(Exception):
                await zeroconf.async_update_service(info)

    async def _register(self, ips: list[str]) -> bool:
        try:
            self._zeroconf = AsyncZeroconf(interfaces=list(ips), ip_version=IPVersion.V4Only)
            suffix = f"-{self._given_way + 1}" if self._given_way else ""
            self._info = service(self.title, self.host, self.port, ips, self.txt, suffix)
            # Before our own registration: whoever has the name already is heard while it is looked for.
            await self.others.listen(self._zeroconf)
            await self._zeroconf.async_register_service(self._info, allow_name_change=True)
        except Exception as wrong:  # noqa: BLE001 - no multicast, no permission, a clash: phones join by QR anyway
            self.problem = f"{type(wrong).__name__}: {wrong}"[:200]
            log.info("not announced: %s", self.problem)
            await self._close()
            return False
        self.problem = ""
        return True

    async def _close(self) -> None:
        zeroconf, self._zeroconf, self._info = self._zeroconf, None, None
        await self.others.stop()
        if zeroconf is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(3):
                    await zeroconf.async_close()  # says goodbye for what is registered

    async def stop(self) -> None:
        """Say goodbye. Never raises, never takes longer than a few seconds."""
        tasks = [task for task in (self._task, self._say_again) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=3)
        await self._close()


# ---- finding -----------------------------------------------------------------------------------------------------


class Found(msgspec.Struct, frozen=True):
    """A session somebody announces; all of it foreign text, cleaned. `url` is what `fieldkit join` opens."""

    title: str
    url: str
    sid: str
    fingerprint: str
    lang: str
    host: str
    port: int
    ips: tuple[str, ...] = ()


def read_found(info: Any, name: str) -> Found | None:
    """What an answer says; None when it is no use (no address, no port, hostile TXT)."""
    try:
        addresses = tuple(str(ip) for ip in info.parsed_addresses(IPVersion.V4Only)[:MOST_IPS])
        port = int(info.port or 0)
        if not addresses or not 0 < port < 65536:
            return None
        txt = {_text(k, 20): _text(v, 200) for k, v in list(dict(info.properties or {}).items())[:MOST_TXT]}
        title = clean_text(name.removesuffix("." + TYPE).replace(DOT, "."), 80) or "?"
        return Found(
            title=title,
            url=web_address(addresses[0], port),
            sid=txt.get("sid", "")[:64],
            fingerprint=txt.get("fp", "")[:100],
            lang=txt.get("lang", "")[:16],
            host=clean_text(str(info.server or ""), 80),
            port=port,
            ips=addresses,
        )
    except Exception:  # noqa: BLE001 - one sick device must not kill discovery
        return None


MOST_IPS = 16
MOST_TXT = 32
"""Addresses and TXT values that are looked at in one answer."""


def _text(value: Any, most: int) -> str:
    if isinstance(value, bytes):
        value = value[:most].decode("utf-8", "replace")
    return clean_text(value, most) if isinstance(value, str) else ""


class Others:
    """What is announced on this network now, kept while somebody listens. Foreign text, bounded, never raises."""

    def __init__(
        self,
        on_found: Callable[[Found], None] = lambda found: None,
        heard: Callable[[str], None] = lambda name: None,
    ) -> None:
        """`on_found` is called once for each session, `heard` with a name whenever something was said of it."""
        self._found: dict[str, Found] = {}
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._on_found = on_found
        self._heard = heard
        self._browser: AsyncServiceBrowser | None = None
        self._zeroconf: AsyncZeroconf | None = None

    def __iter__(self) -> Iterator[Found]:
        return iter(tuple(self._found.values()))

    async def listen(self, zeroconf: AsyncZeroconf) -> None:
        """Begin on these sockets; what was known is forgotten."""
        await self.stop()
        self._zeroconf = zeroconf
        self._browser = AsyncServiceBrowser(zeroconf.zeroconf, TYPE, handlers=[self._changed])

    async def stop(self) -> None:
        browser, self._browser, self._zeroconf = self._browser, None, None
        if browser is not None:
            with contextlib.suppress(Exception):
                await browser.async_cancel()
        tasks = list(self._asked.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._asked.clear()
        self._found.clear()

    def _changed(
        self, zeroconf: Zeroconf, service_type: str | None, name: str | None, state_change: ServiceStateChange
    ) -> None:
        if not name or self._zeroconf is None:
            return
        old = self._asked.pop(name, None)
        if old is not None:
            old.cancel()
        if state_change is ServiceStateChange.Removed:
            self._found.pop(name, None)
        elif len(self._asked) < MOST_FOUND:
            task = self._asked[name] = asyncio.ensure_future(self._ask(name))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _ask(self, name: str) -> None:
        zeroconf = self._zeroconf
        if zeroconf is None:
            return
        info = AsyncServiceInfo(TYPE, name)
        if not await info.async_request(zeroconf.zeroconf, 2000):
            return
        one = read_found(info, name)
        if one is None or (name not in self._found and len(self._found) >= MOST_FOUND):
            return
        known = self._found.get(name)
        self._found[name] = one
        self._heard(name)
        if known is None:
            self._on_found(one)


MOST_FOUND = 200
"""Announcements that are looked at; a network full of them is an attack or a mistake."""


async def discover(
    seconds: float = 3.0,
    on_found: Callable[[Found], None] = lambda found: None,
    *,
    interfaces: Sequence[str] | None = None,
) -> list[Found]:
    """Listen for `seconds`; `on_found` is called for each session once. Raises OSError when no socket opens."""
    ips = list(interfaces) if interfaces is not None else [a.ip for a in own_addresses() if a.reachable]
    found: list[Found] = []

    def heard(one: Found) -> None:
        found.append(one)
        on_found(one)

    others = Others(heard)
    async with AsyncZeroconf(interfaces=ips or ["127.0.0.1"], ip_version=IPVersion.V4Only) as zeroconf:
        await others.listen(zeroconf)
        await asyncio.sleep(seconds)
        await others.stop()
    return found
