"""Sealed bundles: what is written opens with the right key and with nothing else, whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import resource
import zlib
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import x25519

from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.archive import BadArchive
from fieldkit.log.bundle import BundleInfo, verify_bundle, write_bundle
from fieldkit.log.keys import new_identity, words
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Keys, Lock, new_words, opened, read_identities, sealing
from tests.log.making import make, tamper
from tests.log.test_bundle import HEAD, KEYS, bundled

SECRET, RECIPIENT = new_identity()
OTHER, ANOTHER = new_identity()
MINE = Keys((SECRET,))
KIT = json.loads((Path(__file__).parents[1] / "vectors" / "age-testkit.json").read_text("ascii"))
TOLERATED = {"stanza_missing_body", "stanza_missing_final_line"}
"""pyrage takes what the kit would have refused: an empty stanza that no recipient type of ours has."""


def sealed(raw: bytes, lock: Lock) -> bytes:
    out = io.BytesIO()
    with sealing(out, lock) as into:
        into.write(raw)
    return out.getvalue()


def read_all(raw: bytes, keys: Keys) -> bytes:
    with opened(io.BytesIO(raw), keys) as plain:
        pieces = []
        while piece := plain.read(10_000):
            pieces.append(piece)
    return b"".join(pieces)


async def written(tmp_path: Path, lock: Lock | None) -> tuple[Path, BundleInfo]:
    path = tmp_path / "17.db"
    if not path.exists():
        await make(path)
    with SessionFile.open(path) as file:
        return tmp_path / "a.fkb", write_bundle([file], HEAD, tmp_path / "a.fkb", lock=lock)


@given(st.binary(max_size=300_000))
def test_what_was_sealed_opens_as_it_was(raw: bytes) -> None:
    assert read_all(sealed(raw, Lock((RECIPIENT,))), MINE) == raw


def test_each_recipient_opens_it_with_any_of_its_identities() -> None:
    """Head office changes its key: files sealed to the old one stay readable."""
    one, both = sealed(b"x", Lock((ANOTHER,))), sealed(b"x", Lock((RECIPIENT, ANOTHER)))
    assert read_all(one, Keys((SECRET, OTHER))) == read_all(both, MINE) == read_all(both, Keys((OTHER,))) == b"x"


async def test_a_bundle_is_sealed_to_head_office(tmp_path: Path) -> None:
    """Nothing in it can be read, not even by who wrote it; its identity opens it and every check runs."""
    plain, _ = await bundled(tmp_path, "plain.fkb")
    path, info = await written(tmp_path, Lock((RECIPIENT,)))
    raw = path.read_bytes()
    assert info.sealed_to == [RECIPIENT] and info.words == "" and info.sha256 == hashlib.sha256(raw).hexdigest()
    assert verify_bundle(path, KEYS).verdict == "sealed"
    assert verify_bundle(path, KEYS, Keys((OTHER,))).verdict == "sealed"
    found = verify_bundle(path, KEYS, MINE)
    assert (found.verdict, found.sha256) == ("verified", info.sha256)
    assert read_all(raw, MINE) == plain.read_bytes()
    assert pyrage.decrypt(raw, [x25519.Identity.from_str(SECRET)]) == plain.read_bytes()
    assert len(raw) - len(plain.read_bytes()) < 700  # one recipient, and a line that age puts there by chance


async def test_six_words_seal_before_there_is_a_recipient(tmp_path: Path) -> None:
    """Typed by somebody who heard them; wrong, missing and the words of another file are told apart from damage."""
    lock = Lock(words=new_words())
    assert len(lock.words.split()) == 6 and set(lock.words.split()) <= set(words())
    path, info = await written(tmp_path, lock)
    assert (info.words, info.sealed_to) == (lock.words, [])
    assert verify_bundle(path, KEYS, Keys(words=f"  {lock.words.upper()}\n")).verdict == "verified"
    assert (verify_bundle(path, KEYS).verdict, verify_bundle(path, KEYS).reason) == ("sealed", "needs-words")
    wrong = verify_bundle(path, KEYS, Keys(words=new_words()))
    assert (wrong.verdict, wrong.reason) == ("refused", "wrong-words")
    assert verify_bundle(path, KEYS, MINE).verdict == "sealed"


async def test_a_damaged_session_leaves_no_sealed_file(tmp_path: Path) -> None:
    path = await make(tmp_path / "17.db")
    tamper(path, "DELETE FROM records WHERE i = 3")
    with SessionFile.open(path) as file:
        for lock in (Lock((RECIPIENT,)), Lock(words=new_words())):
            with pytest.raises(DamagedData):
                write_bundle([file], HEAD, tmp_path / "a.fkb", lock=lock)
    assert [x.name for x in tmp_path.iterdir() if "a.fkb" in x.name] == []


@pytest.mark.parametrize(
    "recipient", ["", "age1", "age1" + "q" * 58, "-i /etc/passwd", RECIPIENT.upper()], ids=range(5)
)
def test_a_recipient_that_is_none_is_refused_in_words(recipient: str) -> None:
    with pytest.raises(NotPossible, match="recipient"):
        sealed(b"x", Lock((recipient,)))


def test_every_cut_and_every_flip_is_found() -> None:
    """An age file that lost its end opens up to there; the reader is told before it believes the whole."""
    raw = sealed(b"n" * 140_000, Lock((RECIPIENT,)))
    for cut in [*range(0, 260, 3), 65_000, 66_000, 131_500, len(raw) - 17, len(raw) - 1]:
        with pytest.raises(BadArchive) as wrong:
            _bundle_or_seal(raw[:cut])
        assert wrong.value.reason == ("seal-damaged" if cut >= 21 else "not-gzip"), cut
    for at in [*range(0, 260, 7), 70_000, len(raw) - 1]:
        flipped = bytearray(raw)
        flipped[at] ^= 1
        with pytest.raises(BadArchive):
            _bundle_or_seal(bytes(flipped))
    with pytest.raises(BadArchive):
        _bundle_or_seal(raw + b"x")


def _bundle_or_seal(raw: bytes) -> None:
    """What is no age file any more must be no bundle either."""
    if read_all(raw, MINE) == raw:
        raise BadArchive("not-gzip", "")


class Full(io.BytesIO):
    """A stick that is full after 70 kB."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > 70_000:
            raise OSError(28, "No space left on device")
        return super().write(data)


class Pulled(io.BytesIO):
    """A stick that is pulled out while it is read."""

    def read(self, n: int | None = -1) -> bytes:
        if self.tell() > 70_000:
            raise OSError(5, "Input/output error")
        return super().read(n)


def test_a_full_disk_and_a_pulled_stick_are_said_as_they_are() -> None:
    with pytest.raises(OSError, match="No space left"), sealing(Full(), Lock((RECIPIENT,))) as into:
        for _ in range(50):
            into.write(b"n" * 10_000)
    raw = sealed(b"n" * 500_000, Lock((RECIPIENT,)))
    with pytest.raises(OSError, match="Input/output error"), opened(Pulled(raw), MINE) as plain:
        while plain.read(1000):
            pass


def test_who_has_read_enough_may_go() -> None:
    raw = sealed(b"n" * 3_000_000, Lock((RECIPIENT,)))
    for _ in range(20):
        with opened(io.BytesIO(raw), MINE) as plain:
            assert plain.read(10) == b"n" * 10


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.age"

    def both(megabytes: int) -> None:
        with path.open("wb") as out, sealing(out, Lock((RECIPIENT,))) as into:
            for _ in range(megabytes):
                into.write(b"n" * 1_000_000)
        with path.open("rb") as source, opened(source, MINE) as plain:
            while plain.read(1 << 16):
                pass

    both(2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    both(40)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4_000


def test_a_header_without_end_and_a_demand_for_work_are_refused_at_once() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, n: int = -1) -> bytes:
            self.asked += n
            return b"age-encryption.org/v1"[:n] if self.asked <= 21 else b"-> x y\n" * (n // 7 + 1)

    with pytest.raises(BadArchive, match="no end") as wrong, opened(Endless(), MINE):  # type: ignore[arg-type]
        pass
    assert wrong.value.reason == "seal-damaged"
    hard = b"age-encryption.org/v1\n-> scrypt rF0/NwblUHHTpgQgRpe5CQ 23\n" + b"q" * 43 + b"\n--- " + b"x" * 60
    with pytest.raises(BadArchive, match="work") as wrong:
        read_all(hard, Keys(words="password"))
    assert wrong.value.reason == "too-much-work"


def test_too_much_for_words_is_said_before_memory_is_gone() -> None:
    with pytest.raises(NotPossible, match="too much"), sealing(io.BytesIO(), Lock(words="a b")) as into:
        for _ in range(70):
            into.write(b"n" * (1 << 20))


NOT_KEYS = [b"", b"hello", SECRET.lower().encode(), f"{SECRET}\nx".encode(), b"\xff\xfe", b"# only\n"]


@pytest.mark.parametrize("raw", NOT_KEYS, ids=range(6))
def test_a_file_of_identities_holds_nothing_else(raw: bytes) -> None:
    with pytest.raises(NotPossible):
        read_identities(raw)
    assert read_identities(f"# recipient: x\r\n\n{SECRET}\r\n{OTHER}\n".encode()) == (SECRET, OTHER)


@pytest.mark.parametrize("name", sorted(KIT))
def test_the_published_files_of_age(name: str) -> None:
    """C2SP/CCTV age/testdata: opened with their identity, or refused, and nothing beside the payload comes out."""
    head, _, body = base64.b64decode(KIT[name]).partition(b"\n\n")
    said = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    identities = tuple(line[10:] for line in head.decode().split("\n") if line.startswith("identity: "))
    raw = zlib.decompress(body) if said.get("compressed") == "zlib" else body
    keys = Keys(identities, said.get("passphrase", ""))
    if not raw.startswith(b"age-encryption.org/v1"):
        assert said["expect"] != "success"  # to us it is a bundle that is not sealed, and no archive
        return
    if said["expect"] == "success" or name in TOLERATED:
        come = read_all(raw, keys)
        assert name in TOLERATED or hashlib.sha256(come).hexdigest() == said["payload"]
        return
    with pytest.raises(BadArchive) as wrong:
        read_all(raw, keys)
    assert wrong.value.reason in ("seal-damaged", "sealed", "wrong-words", "too-much-work", "needs-words")
