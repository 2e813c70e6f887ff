"""Archives that are not as they should be: cut, flipped, reordered, swollen. Each is refused; nothing crashes."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, NotPossible
from fieldkit.log import archive
from fieldkit.log.archive import BadArchive, Packer, Unpacker, header
from fieldkit.log.bundle import Verdict, read_bundle, verify_bundle
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.unbundle import BLOBS_LIMIT
from tests.log.packing import PLAN_NAME, Members, good, judged, packed, resigned
from tests.log.test_bundle import HEAD, KEYS


@pytest.mark.slow
async def test_every_truncation_is_refused(tmp_path: Path) -> None:
    """Cut anywhere, with or without a proper gzip end: refused, in words."""
    members = await good(tmp_path)
    raw = packed(members)
    for at in [*range(40), *range(40, len(raw) - 20, 61), *range(len(raw) - 20, len(raw))]:
        verdict = judged(tmp_path, raw[:at])
        assert verdict.verdict == "refused" and verdict.reason in ("not-gzip", "truncated"), at
    plain = gzip.decompress(raw)
    for at in [*range(0, len(plain), 512), *range(100, len(plain), 3001)]:
        verdict = judged(tmp_path, gzip.compress(plain[:at], 6, mtime=0))
        assert verdict.verdict == "refused" and verdict.reason, at


@pytest.mark.slow
async def test_flipped_bits_are_refused_or_change_nothing(tmp_path: Path) -> None:
    """In the file and below the compression, where no checksum stands in the way."""
    members = await good(tmp_path)
    raw = packed(members)
    plain = gzip.decompress(raw)
    dice = random.Random(5)
    for _ in range(80):
        damaged = bytearray(raw)
        damaged[dice.randrange(10, len(raw))] ^= 1 << dice.randrange(8)
        assert judged(tmp_path, bytes(damaged)).verdict == "refused"
    for _ in range(150):
        damaged = bytearray(plain)
        at = dice.randrange(len(plain))
        damaged[at] ^= 1 << dice.randrange(8)
        verdict = judged(tmp_path, gzip.compress(bytes(damaged), 1, mtime=0))
        # The note in front and its signatures vouch for nothing here; a bit of them may pass.
        inside_head = plain.index(b"fieldkit-enrol/1") <= at < plain.index(b"1/checkpoint")
        assert verdict.reason != "verified" and (verdict.verdict != "verified" or inside_head), at


ORDERS: dict[str, Callable[[Members], Members]] = {
    "no magic": lambda m: m[1:],
    "no head": lambda m: [m[0], *m[2:]],
    "two heads": lambda m: [m[0], m[1], m[1], *m[2:]],
    "unknown head": lambda m: [m[0], ("list.note", m[1][1]), *m[2:]],
    "no checkpoint": lambda m: [x for x in m if x[0] != "1/checkpoint"],
    "no log": lambda m: [x for x in m if x[0] != "1/log.jsonl"],
    "no openings": lambda m: [x for x in m if x[0] != "1/openings.jsonl"],
    "openings first": lambda m: [*m[:3], m[4], m[3], *m[5:]],
    "log twice": lambda m: [*m[:4], m[3], *m[4:]],
    "blob first": lambda m: [*m[:3], m[5], *m[3:5]],
    "numbered from 2": lambda m: [*m[:2], *[(n.replace("1/", "2/"), raw) for n, raw in m[2:]]],
    "numbered 01": lambda m: [*m[:2], *[(n.replace("1/", "01/"), raw) for n, raw in m[2:]]],
    "a foreign member": lambda m: [*m, ("1/extra", b"x")],
    "a foreign blob": lambda m: [*m, ("1/blob/plan", b"x")],
    "up and away": lambda m: [*m, ("../../etc/passwd", b"x")],
    "absolute": lambda m: [*m, ("/etc/passwd", b"x")],
    "from a later session": lambda m: [*m[:4], ("2/openings.jsonl", m[4][1]), m[5]],
    "signed late": lambda m: [*m[:4], ("1/signed", m[2][1]), *m[4:]],
    "upper-case blob": lambda m: [*m[:5], (m[5][0].upper(), m[5][1])],
    "head after sessions": lambda m: [*m, m[1]],
}


@pytest.mark.parametrize("how", ORDERS)
async def test_members_out_of_order_are_refused(tmp_path: Path, how: str) -> None:
    """These members in this order and no others."""
    verdict = judged(tmp_path, packed(ORDERS[how](await good(tmp_path))))
    assert (verdict.verdict, verdict.reason) == ("refused", "member-order")


async def test_what_follows_the_end_is_refused(tmp_path: Path) -> None:
    """Bytes after the file, a second gzip member, bytes after the archive; the zeros of an archiver are the end."""
    members = await good(tmp_path)
    raw = packed(members)
    plain = gzip.decompress(raw)
    for bad in (
        raw + b"x",
        raw + bytes(64),
        raw + raw,
        gzip.compress(plain + b"x", mtime=0),
        gzip.compress(plain + plain, mtime=0),
        gzip.compress(plain + bytes(20 * 512), mtime=0),
    ):
        assert judged(tmp_path, bad).reason == "trailing-data"
    padded = plain + bytes(-len(plain) % (20 * 512))
    assert judged(tmp_path, gzip.compress(padded, mtime=0)).verdict == "verified"
    assert judged(tmp_path, gzip.compress(plain[:-512], mtime=0)).reason == "truncated"
    assert judged(tmp_path, gzip.compress(plain[:-512] + b"x" * 512, mtime=0)).reason == "damaged-archive"


async def test_headers_have_one_spelling(tmp_path: Path) -> None:
    """Type, mode, ids, times, names, sizes and checksums; each other spelling is another archive."""
    members = await good(tmp_path)
    plain = gzip.decompress(packed(members))

    def with_field(at: int, value: bytes, fix: bool = True) -> Verdict:
        block = bytearray(plain[:512])
        block[at : at + len(value)] = value
        if fix:
            block[148:156] = b" " * 8
            block[148:156] = b"%06o\0 " % sum(block)
        return judged(tmp_path, gzip.compress(bytes(block) + plain[512:], mtime=0))

    for kind in (b"x", b"g", b"X"):
        assert with_field(156, kind).reason == "pax-header"
    for kind in (b"L", b"K", b"2", b"5", b"S", b"\0"):
        assert with_field(156, kind).reason == "member-type"
    for at, value in (
        (100, b"0000644\0"),
        (108, b"0001750\0"),
        (116, b"0001750\0"),
        (124, b"00000000022 "),
        (124, b"      00022\0"),
        (124, b"-0000000001\0"),
        (124, b"\x80" + bytes(10) + b"\x12"),
        (136, b"14000000000\0"),
        (157, b"link"),
        (257, b"ustar  \0"),
        (265, b"root"),
        (297, b"root"),
        (329, b"0000001\0"),
        (345, b"prefix"),
        (500, b"x"),
        (0, b"\xff"),
    ):
        assert with_field(at, value).reason == "bad-header", (at, value)
    assert with_field(329, b"0000000\x000000000\x00").verdict == "verified"  # as GNU tar spells it
    assert with_field(148, b"0000000\0", fix=False).reason == "bad-header"
    pad = plain.index(b"fieldkit-bundle/1\n") + 100
    assert judged(tmp_path, gzip.compress(plain[:pad] + b"x" + plain[pad + 1 :], mtime=0)).reason == "bad-header"


async def test_archives_of_other_programs(tmp_path: Path) -> None:
    """A USTAR of tarfile is taken when it is the same; PAX and GNU forms of the same members are refused."""
    members = await good(tmp_path)

    def made(form: int, headers: dict[str, str] | None = None) -> Verdict:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form, pax_headers=headers) as tar:
            for name, raw in members:
                info = tarfile.TarInfo(name)
                info.mode, info.size = 0o600, len(raw)
                tar.addfile(info, io.BytesIO(raw))
        return judged(tmp_path, gzip.compress(out.getvalue(), mtime=0))

    assert made(tarfile.USTAR_FORMAT).verdict == "verified"
    assert made(tarfile.GNU_FORMAT).reason == "bad-header"
    assert made(tarfile.PAX_FORMAT, {"comment": "x"}).reason == "pax-header"


async def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    """Nothing, text, a picture, gzip with a name or a time, gzip of something else, an age file."""
    plain = gzip.decompress(packed(await good(tmp_path)))
    named = io.BytesIO()
    with gzip.GzipFile("name", "wb", 6, named, 0) as file:
        file.write(plain)
    for bad in (b"", b"\x1f", b"hello", b"\x89PNG\r\n", plain, named.getvalue(), gzip.compress(plain, mtime=1)):
        assert judged(tmp_path, bad).reason == "not-gzip"
    assert judged(tmp_path, gzip.compress(b"hello" * 500, mtime=0)).reason in ("bad-header", "member-type")
    assert judged(tmp_path, gzip.compress(b"", mtime=0)).reason == "truncated"
    assert judged(tmp_path, gzip.compress(bytes(1024), mtime=0)).reason == "member-order"
    assert judged(tmp_path, packed([("fieldkit-bundle", b"fieldkit-bundle/2\n")])).reason == "wrong-version"
    cut = judged(tmp_path, b"age-encryption.org/v1\n-> X25519 abc\n")
    assert (cut.verdict, cut.reason, cut.sessions) == ("refused", "seal-damaged", [])
    sealed = judged(tmp_path, b"age-encryption.org/v1\n-> X25519 abc\n--- ")
    assert (sealed.verdict, sealed.reason, sealed.sessions) == ("sealed", "sealed", [])
    assert judged(tmp_path, packed([("fieldkit-bundle", b"fieldkit-bundle/1\n"), HEAD])).reason == "no-session"


# ---- bombs ---------------------------------------------------------------------------------------------------


def announced(name: str, size: int, front: Members) -> bytes:
    """A bundle whose last member claims a size, with zeros behind it that cost nearly nothing."""
    out = io.BytesIO()
    file = gzip.GzipFile("", "wb", 9, out, mtime=0)
    for n, raw in front:
        file.write(header(n, len(raw)) + raw + bytes(-len(raw) % 512))
    file.write(header(name, size))
    for _ in range(min(size, 64 << 20) >> 20):
        file.write(bytes(1 << 20))
    file.close()
    return out.getvalue()


@pytest.mark.slow
async def test_bombs_do_not_go_off(tmp_path: Path) -> None:
    """A member is refused by the size it announces, before it is inflated; what is inflated is never kept."""
    members = await good(tmp_path)
    front = dict(members)
    size = parse_checkpoint(split_note(front["1/checkpoint"])[0]).size
    cases = [
        ("fieldkit-bundle", 60 << 20, 0, "too-large"),
        ("trust.note", 60 << 20, 1, "too-large"),
        ("1/checkpoint", 60 << 20, 2, "too-large"),
        ("1/signed", 60 << 20, 3, "too-large"),
        ("1/log.jsonl", 8192 * size + 1, 3, "too-large"),
        ("1/log.jsonl", 0o77777777777, 3, "too-large"),
        ("1/openings.jsonl", 8192 * size + 1, 4, "too-large"),
        (f"1/blob/{PLAN_NAME}", (1 << 20) + 1, 5, "too-large"),
        ("1/log.jsonl", 8192 * size, 3, "too-long"),
    ]
    for name, claim, upto, reason in cases:
        raw = announced(name, claim, members[:upto])
        (tmp_path / "x.fkb").write_bytes(raw)
        tracemalloc.start()
        verdict = verify_bundle(tmp_path / "x.fkb", KEYS)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (verdict.verdict, [verdict.reason, *[s.reason for s in verdict.sessions]][-1]) in (
            ("refused", reason),
            ("refused", "truncated"),
        ), name
        assert verdict.reason in (reason, "truncated") and peak < 8 << 20, (name, peak)


async def test_a_size_nobody_can_hold_is_refused(tmp_path: Path) -> None:
    """A checkpoint of more records than a session may have, or of none, even properly signed."""
    members = await good(tmp_path)
    for size in (2_000_001, 2**53 - 1, 0):
        assert judged(tmp_path, packed(resigned(members, size=size))).reason == "too-large"


def test_decompressed_bytes_are_counted_while_they_come() -> None:
    """The total limit holds whatever the members say, also for parts that are passed over."""
    out = io.BytesIO()
    packer = Packer(out)
    packer.add("a", 3 << 20, [bytes(1 << 20)] * 3)
    packer.close()
    tar = Unpacker(io.BytesIO(out.getvalue()), limit=1 << 20)
    assert tar.next() == ("a", 3 << 20)
    with pytest.raises(BadArchive) as wrong:
        tar.next()
    assert wrong.value.reason == "too-large"
    assert archive.TOTAL_LIMIT == 1 << 30


def test_members_are_counted_too(tmp_path: Path) -> None:
    """Empty ones compress to nothing, and each costs its reader some time."""
    out = io.BytesIO()
    packer = Packer(out, most=3)
    for name in "abc":
        packer.add(name, 0, [])
    with pytest.raises(NotPossible, match="at most 3 members"):
        packer.add("d", 0, [])
    packer.close()
    for most, read in ((3, 3), (2, 2)):
        tar = Unpacker(io.BytesIO(out.getvalue()), most=most)
        assert [tar.next() for _ in range(read)] == [(name, 0) for name in "abc"[:read]]
        if most == 3:
            assert tar.next() is None
            continue
        with pytest.raises(BadArchive) as wrong:
            tar.next()
        assert wrong.value.reason == "too-large"
    assert archive.MEMBERS_LIMIT == 100_000


async def test_blobs_under_a_wrong_name_are_counted_with_the_others(tmp_path: Path) -> None:
    """Also where the session is passed over, because its laptop is on no list."""
    raw = packed([*await good(tmp_path), *((f"1/blob/{k:064x}", b"") for k in range(BLOBS_LIMIT + 10))])
    for at, part in enumerate(read_bundle(io.BytesIO(raw))):
        assert at == 0
        with pytest.raises(BadArchive) as wrong:
            part.skip()
        assert wrong.value.reason == "member-order"
        break
    assert judged(tmp_path, raw).verdict == "refused"


def test_output_that_zlib_holds_back_is_not_taken_for_the_end() -> None:
    """All input taken, output still to come: a run of zeros longer than one piece of output."""
    out = io.BytesIO()
    packer = Packer(out)
    packer.add("a", 5 << 20, [bytes(5 << 20)])
    packer.close()
    tar = Unpacker(io.BytesIO(out.getvalue()))
    member = tar.next()
    assert member is not None and tar.read(5 << 20) == bytes(5 << 20) and tar.next() is None


def test_a_writer_that_miscounts_is_stopped() -> None:
    """A member must have the bytes it announced."""
    with pytest.raises(ValueError, match="announced"):
        Packer(io.BytesIO()).add("a", 5, [b"four"])
    with pytest.raises(ValueError, match="beyond"):
        Unpacker(io.BytesIO(packed([("a", b"abc")]))).read(1)


@pytest.mark.slow
async def test_noise_never_crashes_a_reader(tmp_path: Path) -> None:
    """Pieces of a good bundle cut, repeated and put together at random: a verdict or BadBytes, never anything else."""
    plain = gzip.decompress(packed(await good(tmp_path)))
    dice = random.Random(11)
    for _ in range(100):
        raw = bytearray(plain)
        for _ in range(dice.randrange(1, 5)):
            at, to = sorted(dice.randrange(0, len(raw), dice.choice([1, 512])) for _ in range(2))
            piece = dice.choice([b"", bytes(512), raw[at:to] * 2, raw[:512], dice.randbytes(40)])
            raw[at : min(to, at + 2000)] = piece
        compressed = zlib.compressobj(1, zlib.DEFLATED, 31)
        whole = compressed.compress(bytes(raw)) + compressed.flush()
        verdict = judged(tmp_path, b"\x1f\x8b\x08\0\0\0\0\0" + whole[8:])
        assert verdict.verdict == "refused" or bytes(raw) == plain
        try:
            for part in read_bundle(io.BytesIO(whole)):
                part.skip()
        except BadBytes:
            pass
