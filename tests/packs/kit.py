"""Small packs to break: as data, as folders, as archives made byte by byte."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

from fieldkit.packs.check import check_files
from fieldkit.packs.problem import Problem
from fieldkit.packs.read import PackFiles

ROOT = Path(__file__).parents[2]
REFRESHER = Path(__file__).parent / "given" / "loto-refresher"


def png(width: int = 1, more: int = 0) -> bytes:
    """A grey picture, whole and valid; `more` bytes longer than it need be, in empty blocks of its pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    packing = zlib.compressobj()
    data = packing.compress(b"\0" + b"\x80" * width)
    for _ in range(more // 5):
        data += packing.flush(zlib.Z_FULL_FLUSH) + b"\0\0\0\xff\xff"  # an empty block
    data += packing.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pack(**changes: Any) -> dict[str, Any]:
    """A whole small pack without a problem; `changes` replace top-level fields."""
    made: dict[str, Any] = {
        "fieldkit": 1, "id": "small", "version": "1.0.0", "title": "Small", "language": "en", "duration": 8,
        "objectives": [{"id": "o1", "text": "Know it."}],
        "segments": [
            {"id": phase, "phase": phase, "minutes": 2, "title": phase, "steps": steps}
            for phase, steps in (
                ("activation", [{"at": 0, "do": "attendance"}]),
                ("content", [{"at": 0, "do": "open", "activity": "which"}]),
                ("application", [{"at": 0, "do": "open", "activity": "say"}]),
                ("synthesis", [{"at": 0, "do": "open", "activity": "ack"}]),
            )
        ],
        "activities": {
            "which": {"type": "choice", "text": "Which?", "graded": True, "ref": "o1",
                      "options": {"a": "This", "b": "That"}, "answer": ["b"]},
            "say": {"type": "prompt", "text": "Say it."},
            "ack": {"type": "acknowledge", "text": "I was here."},
        },
    }  # fmt: skip
    return made | changes


def files(made: Any, **more: bytes | str) -> PackFiles:
    """The files of a pack held in memory. JSON is YAML, so the data is written as it is."""
    raw = made if isinstance(made, bytes) else json.dumps(made).encode()
    named = {name: one if isinstance(one, bytes) else one.encode() for name, one in more.items()}
    return PackFiles(source=Path("small"), files={"pack.yaml": raw, **named})


def problems(made: Any, extra: dict[str, bytes] | None = None) -> list[Problem]:
    return check_files(files(made, **(extra or {}))).problems


def errors(made: Any, extra: dict[str, bytes] | None = None) -> list[tuple[str, str]]:
    """(place, sentence) of each error."""
    return [(p.place, p.sentence) for p in problems(made, extra) if p.level == "error"]


def warnings(made: Any, extra: dict[str, bytes] | None = None) -> list[tuple[str, str]]:
    return [(p.place, p.sentence) for p in problems(made, extra) if p.level == "warning"]


def write(folder: Path, made: dict[str, Any], extra: dict[str, bytes] | None = None) -> Path:
    """The pack as a folder on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in {"pack.yaml": json.dumps(made).encode(), **(extra or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    return folder


class Zip:
    """An archive written by hand, so that each field of it can lie."""

    def __init__(self) -> None:
        self.body = b""
        self.entries: list[bytes] = []

    def add(
        self, name: str | bytes, raw: bytes, *, method: int = 8, mode: int = 0o100644, size: int | None = None,
        crc: int | None = None, flags: int = 0x800, inner: bytes | None = None, packed: bytes | None = None,
        offset: int | None = None,
    ) -> Zip:  # fmt: skip
        label = name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")
        if packed is None:
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = squeeze.compress(raw) + squeeze.flush() if method == 8 else raw
        crc = zlib.crc32(raw) if crc is None else crc
        size = len(raw) if size is None else size
        at = len(self.body) if offset is None else offset
        own = label if inner is None else inner
        if offset is None:
            head = struct.pack(
                "<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, crc, len(packed), size, len(own), 0
            )  # fmt: skip
            self.body += head + own + packed
        self.entries.append(
            struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x314, 20, flags, method, 0, 33, crc, len(packed), size,
                        len(label), 0, 0, 0, 0, mode << 16, at) + label
        )  # fmt: skip
        return self

    def bytes(self, *, count: int | None = None, before: bytes = b"") -> bytes:
        directory = b"".join(self.entries)
        n = len(self.entries) if count is None else count
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n, n, len(directory), len(before + self.body), 0)
        return before + self.body + directory + end
