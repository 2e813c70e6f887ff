"""What the funnel means: facts about joining → findings, each a sentence and what to do. Pure, and the only place; the
sentences are `fieldkit.words.joining`.

The console, `fieldkit doctor` and `ctl status --json` show the same findings. They are inferences: a sentence says
what was noticed and what usually causes it, and nothing acts on them.
"""

from __future__ import annotations

import msgspec

from fieldkit.words.joining import SENTENCES, fill

PATIENCE_S = 60
"""So long after the door opened nobody wonders that no phone has come yet."""
KNOCKED_S = 10
"""Whoever stands among the neighbours has looked for this laptop; a request follows at once, or never."""
FEW = 3
"""So many wrong room codes are typing errors."""

KINDS = {
    "vpn": "a VPN",
    "container": "a virtual network of this laptop",
    "link-local": "an adapter without a network",
    "loopback": "this laptop itself",
}

HARMLESS = frozenset({"not-announced", "nobody-live"})
"""Worth knowing, nothing that must be done."""


class Other(msgspec.Struct, frozen=True):
    """Another announcement that could be mistaken for ours. `claims`: it says it is this session."""

    name: str
    where: str
    claims: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One inference. `sentence` and `hint` are English and complete; `params` fill the templates of `SENTENCES`."""

    code: str
    sentence: str
    hint: str
    params: dict[str, str] = {}

    @property
    def harmless(self) -> bool:
        return self.code in HARMLESS


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about joining, at one moment."""

    url: str
    """The address that is shown."""
    code: str = ""
    port: int = 80
    kind: str = "lan"
    """Of the address that is shown, as `address.Address.kind`; `routed` for one that was given with --invite."""
    reachable: bool = True
    """This laptop has at least one address that phones might reach."""
    bound: bool = False
    """It listens on one address only, which the trainer chose: nobody is told that phones cannot reach it."""
    after_s: float = 0.0
    """Since the door opened."""
    neighbours: int | None = None
    """Other devices of our subnets, the router left out; None: the system does not tell."""
    seen: int = 0
    """Addresses that sent any request."""
    others: int = 0
    """Of those, the ones that are not this laptop's own."""
    page: int = 0
    joined: int = 0
    """People who came in with a device of their own or a shared one."""
    live: int = 0
    answered: int = 0
    probing: int = 0
    """Addresses that asked for the internet and have not opened the page."""
    tls: int = 0
    """Addresses that spoke TLS and have not opened the page since."""
    typed: tuple[tuple[str, int], ...] = ()
    """Foreign hosts and how often, the most frequent first."""
    wrong_codes: int = 0
    moved: bool = False
    """The address changed and the trainer has not looked at the new QR code yet."""
    problem: str = ""
    """Why nothing is announced."""
    alike: tuple[Other, ...] = ()
    """Announcements that could be taken for ours."""


def finding(code: str, /, **params: object) -> Finding:
    """One finding with its templates filled in. Foreign text in `params` is never taken for a template."""
    shown = {k: str(v) for k, v in params.items()}
    sentence, hint = SENTENCES[code]
    return Finding(code, fill(sentence, shown), fill(hint, shown), shown)


def infer(facts: Facts) -> list[Finding]:
    """What is wrong with joining, the cause before its consequences; empty when nothing is."""
    found: list[Finding] = []
    if facts.moved:
        found.append(finding("moved"))
    found += _network(facts)
    found += _silence(facts)
    found += _mistyped(facts)
    found += _inside(facts)
    for other in facts.alike[:5]:
        code = "impostor" if other.claims else "look-alike"
        found.append(finding(code, name=other.name, where=other.where, url=facts.url))
    if facts.problem:
        found.append(finding("not-announced", problem=facts.problem))
    return found


def _network(facts: Facts) -> list[Finding]:
    if not facts.reachable and not facts.bound and not facts.page:
        return [finding("no-network")]
    if facts.kind in KINDS and not facts.page and not facts.bound:
        address = facts.url.removeprefix("http://")
        return [finding("shown-unreachable", address=address)]
    return []


def _silence(facts: Facts) -> list[Finding]:
    """Nothing at all has come from anybody else, and there was time for it."""
    if facts.others or facts.tls or facts.joined or facts.bound or not facts.reachable:
        return []
    if facts.neighbours and facts.after_s >= KNOCKED_S:
        return [finding("isolation", n=facts.neighbours, port=facts.port)]
    return [finding("no-neighbours")] if facts.neighbours == 0 and facts.after_s >= PATIENCE_S else []


def _mistyped(facts: Facts) -> list[Finding]:
    found: list[Finding] = []
    if facts.probing:
        found.append(finding("portal", n=facts.probing, url=facts.url))
    if facts.tls:
        found.append(finding("https", url=facts.url))
    if facts.typed:
        found.append(finding("typed", typed=facts.typed[0][0], url=facts.url))
    return found


def _inside(facts: Facts) -> list[Finding]:
    found: list[Finding] = []
    if facts.wrong_codes > max(FEW, facts.joined):
        found.append(finding("wrong-codes", n=facts.wrong_codes, code=facts.code))
    if facts.page and not facts.joined and facts.after_s >= PATIENCE_S:
        found.append(finding("pages-no-join", n=facts.page, code=facts.code))
    if facts.joined > 1 and not facts.live and facts.answered:
        found.append(finding("nobody-live", n=facts.joined))
    return found
