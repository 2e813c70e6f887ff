"""A large organisation, simulated: laptops at sites, workers with badges, evenings of training, bundles as bytes.

Everything follows from a seed. A few hundred evenings are played by the rules (`bench.evening`) and stamped as often as
needed with other people, another place and another day: what a laptop would have written, signed with its key and
packed as `fieldkit bundle` packs it. `Told` keeps what was put in, so that what comes out can be compared.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bench.evening import Evening, dice, pack, play
from bench.logs import LETTERS, p_of, session_opened
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft, PackRef, Prev, Record, StaffSet
from fieldkit.log.archive import Packer
from fieldkit.log.bulk import leaf_hashes, opening_lines, opening_xs, record_lines
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.merkle import Frontier
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.trust import enrol_note
from fieldkit.sync.central.home import Home, init
from fieldkit.sync.central.listing import Asked, with_key

ORG = "ld.acme.example"
DAY_MS = 86_400_000
YEAR = 365 * 86_400
CREWS = ("A", "B", "C", "D")
PACKS = (
    ("press-basics", "1.0.0"), ("press-basics", "1.1.0"), ("press-refresher", "3.0.0"), ("forklift", "2.0.0"),
    ("hygiene", "1.0.0"),
)  # fmt: skip


class Worker(msgspec.Struct, frozen=True):
    badge: str
    name: str
    crew: str
    site: str


class Told(msgspec.Struct, frozen=True):
    """One session as it was made. `t0`: Unix ms of its beginning; `fac`: who led it."""

    origin: str
    laptop: str
    seq: int
    size: int
    root: bytes
    site: str
    pack: str
    fac: str
    t0: int
    badges: tuple[str, ...]
    bundle: bytes


class Laptop:
    """A laptop of one site: its key, and where its last session ended."""

    def __init__(self, n: int, site: str, trainers: int) -> None:
        self.name = f"{ORG}/dev/{_id(f'laptop {n}', 8)}"
        self.signer = Signer(self.name, hashlib.sha256(f"bench {self.name}".encode()).digest())
        self.site = site
        self.trainers = [f"{ORG}/fac/{_id(f'trainer {n} {k}', 4)}" for k in range(trainers)]
        self.prev: Prev | None = None
        self.seq = 0


class Organisation:
    """`people` workers over `sites` sites; `laptops` laptops, in turn. `first`: Unix ms of its first evening."""

    def __init__(
        self, *, laptops: int = 40, sites: int = 8, people: int = 2000, evenings: int = 60, size: int = 24,
        first: int = 1_764_518_400_000, seed: str = "organisation",
    ) -> None:  # fmt: skip
        self.seed, self.first, self.size = seed, first, size
        self.sites = [f"Plant {k + 1}" for k in range(sites)]
        self.laptops = [Laptop(n, self.sites[n % sites], 1 + n % 3) for n in range(laptops)]
        self.workers = [
            Worker(f"E{700_000 + k}", f"Worker {k}", CREWS[k // sites % len(CREWS)], self.sites[k % sites])
            for k in range(people)
        ]
        self._by_site = {site: [one for one in self.workers if one.site == site] for site in self.sites}
        plans = [pack(*one) for one in PACKS]
        self._raw = {plan.id + plan.version: canonical_plan(msgspec.to_builtins(plan)) for plan in plans}
        self._played = [
            (plan, play(plan, size, f"{seed} {plan.id} {plan.version} {k}"))
            for k in range(max(1, evenings // len(plans)))
            for plan in plans
        ]

    def sessions(self, n: int, days: int) -> Iterator[Told]:
        """`n` sessions spread evenly over `days`, in the order of time."""
        for k in range(n):
            laptop = self.laptops[k % len(self.laptops)]
            roll = dice(f"{self.seed} session {k}")
            t0 = self.first + k * days * DAY_MS // n // 60_000 * 60_000
            plan, evening = self._played[roll(len(self._played))]
            yield self._stamped(laptop, plan, evening, t0, roll(1 << 30))

    def _stamped(self, laptop: Laptop, plan: Plan, evening: Evening, t0: int, salt: int) -> Told:
        laptop.seq += 1
        site = self._by_site[laptop.site]
        start = salt % len(site)
        who = [site[(start + k) % len(site)] for k in range(min(evening.people, len(site)))]
        fac = laptop.trainers[salt % len(laptop.trainers)]
        origin = f"{laptop.name}/{laptop.seq:06d}-{_id(f'{laptop.name} {laptop.seq}', 8)}"
        raw = self._raw[plan.id + plan.version]
        sha = hashlib.sha256(raw).hexdigest()
        head = msgspec.structs.replace(
            session_opened(plan, sha, seq=laptop.seq), dev=laptop.name, fac=fac, site=laptop.site, prev=laptop.prev,
            pack=PackRef(plan.id, plan.version, "0" * 64, sha),
        )  # fmt: skip
        ps = {p_of(k): _p(origin, k) for k in range(evening.people)}
        named = {p_of(k): one for k, one in enumerate(who)}
        trainer = {"name": f"Trainer {fac[-4:]}"}
        drafts = [(0, Draft(head, None, trainer)), (0, Draft(StaffSet(role="trainer"), None, trainer)), *evening.drafts]
        kept = [(m, draft) for m, draft in drafts if draft.p is None or draft.p in named]
        lines, openings = _written(kept, ps, named, t0, origin)
        frontier = Frontier()
        frontier.extend(leaf_hashes(lines))
        root = frontier.root()
        laptop.prev = Prev(len(lines), origin, b64(root))
        note = sign_note(Checkpoint(origin, len(lines), root).text(), laptop.signer)
        parts = [
            ("fieldkit-bundle", b"fieldkit-bundle/1\n"), ("enrol.note", enrol_note(laptop.signer, self.first // 1000)),
            ("1/checkpoint", note), ("1/log.jsonl", b"\n".join([*lines, b""])),
            ("1/openings.jsonl", b"\n".join([*openings, b""])), (f"1/blob/{sha}", raw),
        ]  # fmt: skip
        badges, ran = tuple(one.badge for one in who), f"{plan.id}@{plan.version}"
        return Told(
            origin, laptop.name, laptop.seq, len(lines), root, laptop.site, ran, fac, t0, badges, archived(parts)
        )


async def head_office(folder: Path, of: Organisation, now: int, database: str = "") -> Home:
    """A head office that knows every laptop and every trainer, certified for every pack; `now` in Unix seconds."""
    begun = of.first // 1000 - 30 * 86_400
    await init(folder, ORG, None, begun, database)
    home = Home.open(folder)
    trust, until = home.next_trust(), now // 86_400 * 86_400 + YEAR
    for laptop in of.laptops:
        trust = with_key(trust, Asked(laptop.signer.vkey, begun, until), now)
        for name in laptop.trainers:
            trust = with_key(trust, Asked(trainer_key(name).vkey, begun, until), now)
    home.put_trust(trust, now, Signer.load(home.root_path))
    return home


def trainer_key(name: str) -> Signer:
    return Signer(name, hashlib.sha256(f"bench {name}".encode()).digest())


def archived(parts: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    packer = Packer(out)
    for name, data in parts:
        packer.add(name, len(data), [data])
    packer.close()
    return out.getvalue()


def _written(
    drafts: Sequence[tuple[int, Draft]], ps: dict[str, str], named: dict[str, Worker], t0: int, origin: str
) -> tuple[list[bytes], list[bytes]]:
    """Lines and openings, with the people put in."""
    private = {i: _half(draft, named) for i, (_, draft) in enumerate(drafts) if draft.private}
    salts = [hashlib.sha256(f"{origin} {i}".encode()).digest()[:16] for i in private]
    openings = opening_lines(list(private), salts, list(private.values()))
    xs = dict(zip(private, opening_xs(openings), strict=True))
    records = [
        Record(i, m, t0 + m, draft.fact, ps[draft.p] if draft.p else None, xs.get(i), private.get(i))
        for i, (m, draft) in enumerate(drafts)
    ]
    return record_lines(records), openings


def _half(draft: Draft, named: dict[str, Worker]) -> dict[str, object]:
    private: dict[str, object] = dict(draft.private or {})
    worker = named.get(draft.p or "")
    if worker is not None and "badge" in private:
        private["badge"] = worker.badge
    if worker is not None and "name" in private:
        private["name"] = worker.name
    if worker is not None and draft.fact.kind == "person.expect":
        private["crew"], private["role"] = worker.crew, "operator"
    return private


def _id(seed: str, n: int) -> str:
    return "".join("0123456789abcdefghjkmnpqrstvwxyz"[b & 31] for b in hashlib.sha256(seed.encode()).digest()[:n])


def _p(origin: str, k: int) -> str:
    return "".join(LETTERS[b & 63] for b in hashlib.sha256(f"{origin} p{k}".encode()).digest()[:8])
