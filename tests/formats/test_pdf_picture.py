"""The sheet on paper as ink: pages turned into pictures by another program, and looked at sign by sign."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
import segno

from fieldkit.core.tables.base import Sheet
from fieldkit.formats.pdf.form import sealed
from tests.formats.test_pdf import NAMES, SIGNED, note_of, room, sheet, signed_room

DPI = 200
MM = DPI / 25.4
pytestmark = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="pictures of a PDF are made by poppler-utils: none was looked at"
)


class Picture(msgspec.Struct, frozen=True):
    """A page in grey; `dark` is asked in millimetres from its upper left corner."""

    wide: int
    high: int
    raw: bytes

    def dark(self, x: float, y: float) -> bool:
        return self.raw[int(y * MM) * self.wide + int(x * MM)] < 128

    def cut(self, x: float, y: float, wide: float, high: float) -> list[bytes]:
        """The lines of pixels of a part, from its first with ink in it to its last."""
        left, right = int(x * MM), int((x + wide) * MM)
        rows = range(int(y * MM), int((y + high) * MM))
        lines = [self.raw[k * self.wide + left : k * self.wide + right] for k in rows]
        inked = [k for k, line in enumerate(lines) if min(line) < 128]
        return lines[inked[0] : inked[-1] + 1] if inked else []


def pictures(data: bytes, folder: Path) -> list[Picture]:
    (folder / "x.pdf").write_bytes(data)
    command = ["pdftoppm", "-gray", "-r", str(DPI), str(folder / "x.pdf"), str(folder / "x")]
    assert subprocess.run(command, capture_output=True, check=True, timeout=60).stderr == b""
    found = []
    for one in sorted(folder.glob("x-*.pgm")):
        head = re.match(rb"P5\s(\d+)\s(\d+)\s255\s", raw := one.read_bytes())
        assert head is not None
        found.append(Picture(int(head[1]), int(head[2]), raw[head.end() :]))
    return found


def test_every_name_is_ink_and_none_looks_like_another(tmp_path: Path) -> None:
    """What a font does not have is an empty box: then two names of one length would look the same."""
    data, _ = sheet(room(*NAMES))
    shown = pictures(data, tmp_path)
    command = ["pdftotext", "-bbox", str(tmp_path / "x.pdf"), "-"]
    boxes = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    seen: dict[bytes, int] = {}
    for page, words in zip(shown, boxes.split("<page ")[1:], strict=True):
        for found in re.finditer(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">E(\d+)<', words):
            x, top, bottom = (float(one) / 72 * 25.4 for one in found.groups()[:3])
            ink = page.cut(22, top - 1, x - 24, bottom - top + 2)
            assert sum(byte < 128 for line in ink for byte in line) > 60, f"row {found[4]} is blank"
            seen[b"\n".join(ink)] = int(found[4])
    assert sorted(seen.values()) == list(range(len(NAMES)))


def test_the_qr_code_on_paper_has_every_module_of_the_checkpoint(tmp_path: Path) -> None:
    log = signed_room()
    text = sealed(Sheet(log.session, log.plan, SIGNED), note_of(log))
    want = [[bool(one) for one in row] for row in segno.make(text, error="m", micro=False, boost_error=False).matrix]
    page = pictures(sheet(log)[0], tmp_path)[-1]
    one, left = 33 / len(want), 210 - 14 - 33
    tops = [y / 10 for y in range(2300, 2630) if page.dark(left + one / 2, y / 10 + one / 2)]

    def wrong(top: float) -> int:
        return sum(
            page.dark(left + (x + 0.5) * one, top + (y + 0.5) * one) != want[y][x]
            for y in range(len(want))
            for x in range(len(want))
        )

    assert min(map(wrong, tops)) == 0
    quiet = [page.dark(left - k * one, 250) or page.dark(left + 33 + (k - 0.5) * one, 250) for k in (1, 2, 3)]
    assert not any(quiet), "nothing is printed beside it"
