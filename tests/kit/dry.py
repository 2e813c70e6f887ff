"""A log without a disk: decide → number → apply, for tests of the rules and the fold. The desk does it for real."""

from __future__ import annotations

from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft, Fact, Record
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.session import Session
from fieldkit.log.batch import Clocks, Moment, Pending, number
from tests.kit.plans import PLAN, session_opened

ORIGIN = "ld.acme.example/dev/7q2k/000001-k3m9w2p4"


class DryRoom:
    """A session in memory with its records and lines; `at` is the session's clock in ms."""

    def __init__(self, plan: Plan = PLAN, opened: Fact | None = None) -> None:
        self.plan = plan
        self.session = Session(origin=ORIGIN, plan=plan)
        self.records: list[Record] = []
        self.lines: list[bytes] = []
        self.openings: list[bytes] = []
        self.at = 0
        self.t0 = 1_795_161_600_000
        self._clocks = Clocks()
        self._people = 0
        self._salt = 0
        self.write([Draft(opened or session_opened(), None, {"name": "Sam Ortiz"})])

    def _entropy(self, n: int) -> bytes:
        self._salt += 1
        return (self._salt.to_bytes(4, "big") * (n // 4 + 1))[:n]

    def write(self, drafts: list[Draft]) -> list[Record]:
        """Append drafts as the store does, and fold them."""
        now = Moment(self.at, self.t0 + self.at)
        out, self._clocks = number([Pending(tuple(drafts))], len(self.records), self._clocks, now, self._entropy)
        found = [one for group in out.records for one in group]
        self.records += found
        self.lines += out.lines
        self.openings += out.openings
        self.session.fold(found)
        return found

    def do(self, intent: Intent, by: Actor = FACILITATOR) -> list[Record] | Refusal:
        decision = decide(self.session, intent, by, self.at)
        return decision if isinstance(decision, Refusal) else self.write(decision)

    def must(self, intent: Intent, by: Actor = FACILITATOR) -> list[Record]:
        found = self.do(intent, by)
        assert not isinstance(found, Refusal), found
        return found

    def no(self, intent: Intent, by: Actor = FACILITATOR) -> str:
        """The reason why not."""
        found = self.do(intent, by)
        assert isinstance(found, Refusal), found
        return found.reason

    def new_p(self) -> str:
        self._people += 1
        return f"p{self._people:07d}"

    def phone(self, p: str) -> Actor:
        return Actor(by="self", via="phone", p=p)
