"""Archives that lie: each is refused with its reason, nothing is written, and memory stays small."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import BadBytes
from fieldkit.packs.archive import files_hash, read_archive, write_archive
from fieldkit.packs.read import read_pack
from tests.packs.kit import Zip

YAML = b"fieldkit: 1\n"


def good() -> Zip:
    return Zip().add("pack.yaml", YAML)


def reason(raw: bytes) -> str:
    with pytest.raises(BadBytes) as caught:
        read_archive(io.BytesIO(raw))
    return caught.value.reason


def test_what_we_write_is_read_back_and_is_the_same_every_time() -> None:
    files = {"pack.yaml": YAML, "slides/a.md": b"# A\n" * 50, "media/leer.png": b""}
    raw = write_archive(files)
    assert raw == write_archive(dict(reversed(files.items())))
    assert read_archive(io.BytesIO(raw)) == files
    assert zipfile.ZipFile(io.BytesIO(raw)).namelist() == sorted(files)


def test_an_archive_of_the_standard_library_with_streamed_sizes_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.raw = b""

        def writable(self) -> bool:
            return True

        def write(self, b: bytes) -> int:  # type: ignore[override]
            self.raw += bytes(b)
            return len(b)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as z:
        z.mkdir("slides")
        z.writestr("pack.yaml", YAML)
    assert read_archive(io.BytesIO(pipe.raw)) == {"pack.yaml": YAML}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../pack.yaml", "dot-dot"), ("a/../../b", "dot-dot"), ("./a", "dot-dot"), ("/etc/passwd", "absolute"),
        ("C:/a", "drive"), ("C:a", "drive"), ("a\\b", "backslash"), ("\\\\host\\x", "backslash"),
        ("media/con.png", "device-name"), ("NUL", "device-name"), ("com1.txt", "device-name"), ("a//b", "name-empty"),
        ("", "name-length"), ("x" * 201, "name-length"), ("a\x00b", "name-control"), ("a\u202eb", "name-control"),
        ("a\x1b[2J", "name-control"), ("a?", "name-sign"), ("a.", "name-end"), (" a", "name-end"), ("a /b", "name-end"),
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name: str, why: str) -> None:
    assert reason(good().add(name, b"x").bytes()) == why


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("a.md", "a.md", "duplicate"), ("a.md", "A.md", "case-twin"), ("straße", "STRASSE", "case-twin"),
        ("\u00e9.md", "e\u0301.md", "case-twin"), ("a", "a/b", "case-twin"), ("a/b", "a", "case-twin"),
        ("Media/x", "media/y", "case-twin"),
    ],
)  # fmt: skip
def test_two_names_for_one_file_are_refused(first: str, second: str, why: str) -> None:
    assert reason(good().add(first, b"1").add(second, b"2").bytes()) == why


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777, 0o040755])
def test_links_and_devices_are_refused(mode: int) -> None:
    assert reason(good().add("link", b"/etc/passwd", mode=mode).bytes()) == "link"


def test_too_many_files_are_refused_by_the_directory_alone() -> None:
    many = good()
    for n in range(500):
        many.add(f"f{n}", b"")
    assert reason(many.bytes()) == "too-many"


def test_a_bomb_is_refused_while_it_is_unpacked() -> None:
    bomb = b"\0" * (19 * 1024 * 1024)
    raw = good().add("media/bomb", bomb).bytes()
    tracemalloc.start()
    assert reason(raw) == "ratio"
    lying = good().add("media/bomb", bomb, size=1000).bytes()
    assert reason(lying) == "too-large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024


def test_a_file_above_20_megabytes_is_refused() -> None:
    assert reason(good().add("media/x", b"", size=20 * 1024 * 1024 + 1).bytes()) == "too-large"


def test_more_than_50_megabytes_in_all_are_refused() -> None:
    big = good()
    for n in range(3):
        big.add(f"media/{n}", b"", size=19 * 1024 * 1024)
    assert reason(big.bytes()) == "too-large"


def test_entries_that_share_data_are_refused() -> None:
    shared = good()
    for n in range(50):
        shared.add(f"f{n}", YAML, offset=0)
    assert reason(shared.bytes()) in ("overlap", "damaged-archive")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not-an-archive"), (b"PK\5\6", "not-an-archive"), (b"\x89PNG" * 10, "not-an-archive"),
        (good().bytes(before=b"#!/bin/sh\n"), "damaged-archive"), (good().bytes(count=2), "damaged-archive"),
        (good().bytes() + b"x", "damaged-archive"), (good().bytes(count=0), "damaged-archive"),
        (Zip().add("pack.yaml", YAML, crc=1).bytes(), "damaged-archive"),
        (Zip().add("pack.yaml", YAML, size=1).bytes(), "too-large"),
        (Zip().add("pack.yaml", YAML, size=99).bytes(), "damaged-archive"),
        (Zip().add("pack.yaml", YAML, packed=b"\xff\xff\xff").bytes(), "damaged-archive"),
        (Zip().add("pack.yaml", YAML, packed=b"").bytes(), "damaged-archive"),
        (Zip().add("pack.yaml", YAML, inner=b"other.yam").bytes(), "damaged-archive"),
        (Zip().add("pack.yaml", YAML, method=12).bytes(), "method"),
        (Zip().add("pack.yaml", YAML, flags=0x801).bytes(), "encrypted"),
        (Zip().add(b"p\xffck.yaml", YAML).bytes(), "name-encoding"),
        (Zip().add("a/", b"data", mode=0o040755).bytes(), "damaged-archive"),
        (b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0), "zip64"),
    ],
)  # fmt: skip
def test_an_archive_that_does_not_fit_together_is_refused(raw: bytes, why: str) -> None:
    assert reason(raw) == why


def test_bytes_after_the_end_of_a_stream_are_refused() -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = squeeze.compress(YAML) + squeeze.flush() + b"hidden"
    assert reason(Zip().add("pack.yaml", YAML, packed=packed).bytes()) == "damaged-archive"


def test_what_a_desktop_leaves_behind_is_not_part_of_the_pack() -> None:
    raw = good().add("__MACOSX/._pack.yaml", b"x").add(".DS_Store", b"x").bytes()
    assert read_archive(io.BytesIO(raw)) == {"pack.yaml": YAML}


def test_a_folder_zipped_whole_is_the_same_pack(tmp_path: Path) -> None:
    inner = {"pack.yaml": YAML, "slides/a.md": b"# A"}
    (tmp_path / "one.fkpack").write_bytes(write_archive(inner))
    (tmp_path / "two.fkpack").write_bytes(write_archive({f"small/{k}": v for k, v in inner.items()}))
    one, two = read_pack(tmp_path / "one.fkpack"), read_pack(tmp_path / "two.fkpack")
    assert one.files == two.files and one.hash == two.hash


def test_the_hash_is_the_one_that_a_note_signs() -> None:
    """SHA-256 of the sorted lines `<hex>  <path>`, the note itself left out."""
    import hashlib

    files = {"b": b"2", "a": b"1", "pack.note": b"x"}
    lines = sorted(f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in ("a", "b"))
    assert files_hash(files) == hashlib.sha256("".join(lines).encode()).hexdigest()


@given(st.data())
def test_any_damage_to_an_archive_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    raw = bytearray(write_archive({"pack.yaml": YAML, "slides/a.md": b"# A\n"}))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.sampled_from([len(raw), at]))
    try:
        found = read_archive(io.BytesIO(bytes(raw[:cut])))
    except BadBytes as e:
        assert e.reason
    else:
        assert set(found.values()) <= {YAML, b"# A\n"}
