"""Which names of this laptop a request may carry, and which page may have sent it: the guards of every listener.

Nothing else keeps a page elsewhere, or another name that leads here, from speaking to a port that only this network can
reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


class Hosts:
    """The allow-list of Host, and what belongs to it: the Origin guard."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {"localhost", "127.0.0.1", "::1"}
        self._known: set[str] = set()
        """Spellings of Host that were found to be ours; there are few, and every request brings one."""
        self.allow(names)

    def allow(self, names: Iterable[str]) -> None:
        """Own addresses, own `.local` name, `--allow-host`; ports do not matter."""
        self._names.update(host_name(n) for n in names if n)

    def knows(self, host: str | None) -> bool:
        """False is answered with 421: another name leading here is DNS rebinding, or somebody's typing."""
        if host in self._known:
            return True
        name = host_name(host or "")
        # All of 127/8 is this machine: nobody else can be reached by it.
        ours = name in self._names or bool(_LOOPBACK.match(name))
        if ours and host is not None and len(self._known) < 256:
            self._known.add(host)
        return ours

    @staticmethod
    def same_origin(origin: str | None, host: str | None) -> bool:
        """An Origin, when there is one, must be the Host itself over http; `null` is not."""
        return origin is None or (host is not None and origin.lower() == "http://" + host.lower())


_LOOPBACK = re.compile(r"^127\.\d{1,3}\.\d{1,3}\.\d{1,3}\Z")


def host_name(host: str) -> str:
    """`192.168.43.17` of `192.168.43.17:8080`; lower case, no trailing dot, no brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return host.removesuffix(".")
