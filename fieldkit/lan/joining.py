"""Joining at this moment: what the server noticed, put together for the console, `ctl status` and `fieldkit doctor`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.reach import came_by_device, took_part
from fieldkit.lan.address import Address
from fieldkit.lan.diagnose import Facts, Finding, Other, infer

if TYPE_CHECKING:
    from fieldkit.lan.server import LanServer

TYPED_SHOWN = 3


class Funnel(msgspec.Struct, frozen=True):
    """How many got how far. `near` are other devices on the network, None when the system does not tell; phones
    behind a router or on one shared address make the later numbers larger than the earlier ones."""

    near: int | None
    seen: int
    page: int
    joined: int
    live: int
    answered: int


class Joining(msgspec.Struct, frozen=True):
    """Everything about joining. `addresses` are our own, best first; `shown` is the one in the QR."""

    url: str
    shown: str
    addresses: list[Address]
    funnel: Funnel
    findings: list[Finding]


def joining(server: LanServer) -> Joining:
    """Looked at once a second at most; reads counters, sends nothing."""
    facts = facts_of(server)
    steps = Funnel(
        near=facts.neighbours,
        seen=facts.seen,
        page=facts.page,
        joined=facts.joined,
        live=facts.live,
        answered=facts.answered,
    )
    return Joining(server.url, server.shown, list(server.addresses), steps, infer(facts))


def facts_of(server: LanServer) -> Facts:
    desk, site = server.desk, server.site
    assert site is not None, "the server is up"
    funnel = site.funnel
    own = {a.ip for a in server.addresses}
    others = {ip for ip in funnel.seen if ip not in own and not ip.startswith("127.") and ip != "::1"}
    shown = next((a.kind for a in server.addresses if a.ip == server.shown), "routed")
    typed = sorted(funnel.foreign_hosts.items(), key=lambda pair: (-pair[1], pair[0]))[:TYPED_SHOWN]
    announcer = server.announcer
    return Facts(
        url=server.url,
        code=desk.code,
        port=server.port,
        kind=shown,
        reachable=any(a.reachable for a in server.addresses),
        bound=server.bound,
        after_s=max(0.0, asyncio.get_running_loop().time() - server.since),
        neighbours=server.near,
        seen=len(funnel.seen),
        others=len(others),
        page=len(funnel.page),
        joined=came_by_device(desk.session),
        live=len(desk.pulse.live),
        answered=took_part(desk.session),
        probing=len(funnel.probed_from - funnel.page),
        tls=len(funnel.tls_from - funnel.page),
        typed=tuple(typed),
        wrong_codes=desk.pulse.wrong_codes,
        moved=server.moved,
        problem=announcer.problem if announcer is not None else "",
        alike=tuple(Other(name=x.title, where=x.url, claims=x.claims) for x in server.alike),
    )


def as_json(found: Joining, invites: list[dict[str, str]]) -> dict[str, Any]:
    """`joining` in `ctl status --json` (docs/network.md)."""
    return {
        "url": found.url,
        "shown": found.shown,
        "addresses": [{"ip": a.ip, "interface": a.interface, "kind": a.kind} for a in found.addresses],
        "invites": invites,
        "funnel": msgspec.to_builtins(found.funnel),
        "findings": [{"code": x.code, "words": x.sentence, "hint": x.hint} for x in found.findings],
    }
