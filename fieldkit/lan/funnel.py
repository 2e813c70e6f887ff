"""The funnel of joining: seen → page → joined → live → answered, and what goes wrong on the way.

Addresses are kept in memory only, bounded, and are never recorded; `diagnose.infer` says what they mean.
"""

from __future__ import annotations

from fieldkit.core.clean import clean_text

LIMIT = 20_000
"""Addresses remembered of one kind; a hall is smaller, a flood is not."""
TYPED = 20
"""Different foreign hosts remembered."""
TYPED_LONG = 100


class Funnel:
    """What the listener noticed, by the address it came from. Every method is cheap: it is called for each request."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        """Whoever sent any request at all."""
        self.page: set[str] = set()
        """Whoever was given a page."""
        self.probed_from: set[str] = set()
        self.probes: dict[str, int] = {}
        """Path of a captive-portal probe → how often it was asked."""
        self.foreign_hosts: dict[str, int] = {}
        """What was typed instead of our address → how often."""
        self.tls_from: set[str] = set()
        self.tls_hellos = 0

    def saw(self, address: str) -> None:
        if len(self.seen) < LIMIT:
            self.seen.add(address)

    def opened_page(self, address: str) -> None:
        if len(self.page) < LIMIT:
            self.page.add(address)

    def probed(self, path: str, address: str = "") -> None:
        self.probes[path] = self.probes.get(path, 0) + 1
        if address and len(self.probed_from) < LIMIT:
            self.probed_from.add(address)

    def tls(self, address: str = "") -> None:
        """A TLS hello on the http port: somebody typed https."""
        self.tls_hellos += 1
        if address and len(self.tls_from) < LIMIT:
            self.tls_from.add(address)

    def typed(self, host: str) -> None:
        """A Host that is not ours, cleaned: the trainer reads it on the screen."""
        host = clean_text(host, TYPED_LONG) or "?"
        if host in self.foreign_hosts or len(self.foreign_hosts) < TYPED:
            self.foreign_hosts[host] = self.foreign_hosts.get(host, 0) + 1
