"""A month's post: bundles of forty laptops in an order from a seed, with everything that goes wrong on the way.

Most sessions come once, sealed, over HTTPS, on a stick or into a watched folder; some come twice and by two ways, some
first as the half that was there at noon, some uploads are cut in the middle and begun again. In the bag lie also a file
that was cut short, one in which an answer was changed, one that somebody signed with a key of their own, a second
history of one session, everything of a laptop that nobody knows, and of one that is let in only at the end.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence

import msgspec

from bench.evening import Roll, dice
from bench.organisation import Laptop, Organisation, Told, archived
from fieldkit.log.bulk import leaf_hashes
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical
from fieldkit.log.merkle import Frontier
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.seal import Lock, sealing
from fieldkit.log.trust import enrol_note

HTTPS, CUT, STICK, WATCHED = "https", "cut", "stick", "watched"
LATE, STRANGER = -2, -1
"""Which of the laptops are let in at the end, and never."""


class Parcel(msgspec.Struct, frozen=True):
    """One file on its way. `bearer`: whose laptop brings it, by HTTPS. `origin`: the one session in it."""

    name: str
    raw: bytes
    origin: str
    bearer: Signer
    way: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


class Post(msgspec.Struct):
    """What is sent, and what has to come of it."""

    waves: list[list[Parcel]]
    good: list[Told]
    """Every session that head office holds in the end."""
    late: list[Parcel]
    """Those of `waves` that wait until their laptop is let in."""
    bad: dict[str, tuple[str, str, bytes]]
    """SHA-256 of a file that is never taken → (result, reason, its bytes)."""
    forked: Told
    """The session with two histories, as it was held."""
    other: Parcel
    """The other history."""


def post(of: Organisation, told: Sequence[Told], recipients: tuple[str, ...], seed: str, waves: int) -> Post:
    """Pack everything and shuffle it. The same `seed` gives the same order and the same ways."""
    roll = dice(f"{seed} post")
    keys = {one.name: one for one in of.laptops}
    late, stranger = of.laptops[LATE], of.laptops[STRANGER]
    good = [one for one in told if one.laptop != stranger.name]
    known = [one for one in good if one.laptop != late.name]
    cut, altered, forged, forked = (known[len(known) * k // 5] for k in (1, 2, 3, 4))
    out: list[Parcel] = []
    bad: dict[str, tuple[str, str, bytes]] = {}

    def send(raw: bytes, one: Told, by: Signer, *ways: str) -> Parcel:
        found = Parcel(f"{len(out):05d}-{one.origin[-15:]}.fkb", raw, one.origin, by, ways[roll(len(ways))])
        out.append(found)
        return found

    def spoilt(raw: bytes, one: Told, by: Signer, result: str, reason: str) -> None:
        for _ in range(2):  # whoever sends it, sends it again
            bad[send(raw, one, by, HTTPS, STICK, WATCHED).sha256] = (result, reason, raw)

    for one in good:
        laptop = keys[one.laptop]
        ways = (STICK, WATCHED) if laptop is late else (HTTPS, HTTPS, HTTPS, CUT, STICK, WATCHED)
        if not roll(10) and one is not forked:
            send(half(one, laptop), one, laptop.signer, *ways)
        for _ in range(2 if not roll(5) else 1):
            send(sealed(one.bundle, recipients) if roll(5) else one.bundle, one, laptop.signer, *ways)
    for one in told:
        if one.laptop == stranger.name:
            raw = sealed(one.bundle, recipients)
            bad[send(raw, one, stranger.signer, STICK, WATCHED).sha256] = ("held", "unknown-device", raw)
    spoilt(cut.bundle[: len(cut.bundle) * 2 // 3], cut, keys[cut.laptop].signer, "refused", "truncated")
    spoilt(changed(altered), altered, keys[altered.laptop].signer, "refused", "root-mismatch")
    forger = Signer(forged.laptop, hashlib.sha256(b"forger").digest())
    spoilt(changed(forged, forger), forged, stranger.signer, "held", "unknown-device")
    other = send(second(forked, keys[forked.laptop].signer), forked, keys[forked.laptop].signer, HTTPS, STICK)
    shuffle(out, roll)
    size = -(-len(out) // waves)
    some = [one for one in out if one.origin.startswith(f"{late.name}/")]
    return Post([out[k : k + size] for k in range(0, len(out), size)], good, some, bad, forked, other)


def shuffle(some: list[Parcel], roll: Roll) -> None:
    for k in range(len(some) - 1, 0, -1):
        j = roll(k + 1)
        some[k], some[j] = some[j], some[k]


def out_of_order(waves: Sequence[Sequence[Parcel]]) -> int:
    """How many parcels hold a session that is older than one of the same laptop sent before it."""
    last: dict[str, str] = {}
    late = 0
    for one in (parcel for wave in waves for parcel in wave):
        laptop = one.origin.rpartition("/")[0]
        late += one.origin < last.get(laptop, "")
        last[laptop] = max(one.origin, last.get(laptop, ""))
    return late


# ---- bending a bundle ------------------------------------------------------------------------------------------------


def parts(raw: bytes) -> dict[str, bytes]:
    """Name → bytes of what is in a plain bundle, in its order."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        return {one.name: (file.read() if (file := archive.extractfile(one)) else b"") for one in archive}


def lines(raw: bytes) -> list[bytes]:
    return raw.splitlines()


def half(one: Told, laptop: Laptop) -> bytes:
    """What the laptop would have bundled in the middle of the session."""
    some = parts(one.bundle)
    n = one.size // 2
    kept = [line for line in lines(some["1/openings.jsonl"]) if json.loads(line)["i"] < n]
    return _again(one.origin, some, lines(some["1/log.jsonl"])[:n], kept, laptop.signer)


def second(one: Told, signer: Signer) -> bytes:
    """Another history of the session: somebody did not leave before the end, and the laptop signed that as well."""
    some = parts(one.bundle)
    log = [json.loads(line) for line in lines(some["1/log.jsonl"])]
    gone = max(record["i"] for record in log if record["k"] == "att.out")
    openings = lines(some["1/openings.jsonl"])
    if any(json.loads(line)["i"] >= gone for line in openings):
        raise RuntimeError("an opening behind the last who left would need another number")
    del log[gone]
    return _again(one.origin, some, [canonical({**x, "i": i}) for i, x in enumerate(log)], openings, signer)


def changed(one: Told, signer: Signer | None = None) -> bytes:
    """The bundle with one answer changed, under the checkpoint as it was, or signed by somebody else."""
    some = parts(one.bundle)
    log = [json.loads(line) for line in lines(some["1/log.jsonl"])]
    answer = next(record for record in log if record["k"] == "answer.put" and record["d"]["v"])
    answer["d"]["v"] = ["a" if answer["d"]["v"] != ["a"] else "b"]
    raw = [canonical(record) for record in log]
    if signer is None:
        return archived(list({**some, "1/log.jsonl": b"\n".join([*raw, b""])}.items()))
    some["enrol.note"] = enrol_note(signer, one.t0 // 1000)
    return _again(one.origin, some, raw, lines(some["1/openings.jsonl"]), signer)


def _again(origin: str, some: dict[str, bytes], log: list[bytes], openings: list[bytes], signer: Signer) -> bytes:
    note = sign_note(Checkpoint(origin, len(log), root_of(log)).text(), signer)
    new = {name: b"\n".join([*some, b""]) for name, some in (("1/log.jsonl", log), ("1/openings.jsonl", openings))}
    return archived(list({**some, "1/checkpoint": note, **new}.items()))


def root_of(log: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    frontier.extend(leaf_hashes(log))
    return frontier.root()


def sealed(raw: bytes, recipients: tuple[str, ...]) -> bytes:
    """As `fieldkit carry` and `sync` seal it: other bytes each time."""
    out = io.BytesIO()
    with sealing(out, Lock(recipients=recipients)) as plain:
        plain.write(raw)
    return out.getvalue()
