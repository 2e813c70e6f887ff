"""Does a name stand anywhere in a folder? Every file as it lies there, opened, unpacked and decrypted, in UTF-8 and in
base64 at each of its three alignments."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldkit.errors import BadBytes
from fieldkit.log.seal import Keys, opened


def spellings(word: str) -> set[bytes]:
    """The bytes to look for. Of base64 only the letters that do not depend on what stands before and after."""
    raw = word.encode()
    out = {raw, word.encode("utf-16-le"), raw.hex().encode()}
    for lead in range(3):
        coded = base64.b64encode(b"\0" * lead + raw)
        cut = coded[(lead * 8 + 5) // 6 : (lead + len(raw)) * 8 // 6]
        out |= {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}
    return {one for one in out if len(one) > 3}


def layers(raw: bytes, keys: Keys) -> Iterator[bytes]:
    """A file's bytes, and what is inside: sealed, compressed, archived."""
    yield raw
    if raw.startswith(b"age-encryption.org/"):
        try:
            with opened(io.BytesIO(raw), keys) as plain:
                yield from layers(b"".join(iter(lambda: plain.read(1 << 16), b"")), keys)
        except BadBytes:
            return
    elif raw.startswith(b"\x1f\x8b"):
        yield _inflated(raw)
    elif zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name in archive.namelist():
                yield from layers(archive.read(name), keys)


def _inflated(raw: bytes) -> bytes:
    """As far as it goes: a damaged file holds names too."""
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        engine = zlib.decompressobj(31)
        out = b""
        for at in range(0, len(raw), 64):
            try:
                out += engine.decompress(raw[at : at + 64])
            except zlib.error:
                break
        return out


def found(folder: Path, words: Sequence[str], identities: Sequence[str] = (), six: str = "") -> list[str]:
    """`file: word` for each file in `folder` that holds one of the words, in whatever spelling."""
    keys = Keys(tuple(identities), six)
    out = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for layer in layers(path.read_bytes(), keys):
            out += [f"{path.relative_to(folder)}: {word}" for word in words if any(x in layer for x in spellings(word))]
    return sorted(set(out))
