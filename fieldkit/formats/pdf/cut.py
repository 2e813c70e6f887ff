"""For whoever changes the fonts: cut them out of their sources into `faces/`, and write down what each can show.

    python -m fieldkit.formats.pdf.cut FOLDER…     (the folders in which the sources lie; faces/README.md names them)

Hinting, which no paper needs, and glyph names go; shaping rules stay. Cut twice, the bytes are the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]

from fieldkit.formats.pdf.faces import BASE, BOLD, COVERAGE, FOLDER, HAN, HANGUL, SCRIPTS

SOURCES = {HAN: "DroidSansFallbackFull.ttf", HANGUL: "NanumGothic.ttf"}
"""Where a face is called otherwise than its source. NanumGothic reserves its name for the whole font."""
HAN_BLOCKS = ((0x2E80, 0x33FF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))
HANGUL_BLOCKS = ((0x3131, 0x318E), (0xAC00, 0xD7A3))
KEPT_NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
TABLES = ("DSIG", "MATH", "TSI0", "TSI1", "TSI2", "TSI3", "TSI5", "vhea", "vmtx", "VORG")


def _within(code: int, blocks: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in blocks)


def cut(source: Path, face: str) -> set[int]:
    """One face; → the code points that it shows."""
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.layout_features = [] if face in (HAN, HANGUL) else ["*"]
    options.name_IDs = ["*"]
    options.drop_tables += TABLES
    font = subset.load_font(str(source), options)
    blocks = {HAN: HAN_BLOCKS, HANGUL: HANGUL_BLOCKS}.get(face)
    codes = {code for code in font.getBestCmap() if blocks is None or _within(code, blocks)}
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    if face == HANGUL:
        table = font["name"]
        table.names = [one for one in table.names if one.nameID in KEPT_NAMES and one.platformID == 3]
        for one in table.names:
            if one.nameID in (1, 3, 4, 6):
                one.string = "FieldkitHangul" if one.nameID == 6 else "Fieldkit Hangul"
    subset.save_font(font, str(FOLDER / face), options)
    return codes


def ranges(codes: Iterable[int]) -> Iterator[str]:
    """`20-7e a0`: runs of code points in hex."""
    first = last = -2
    for code in sorted(codes):
        if code != last + 1:
            if first >= 0:
                yield f"{first:x}-{last:x}" if last > first else f"{first:x}"
            first = code
        last = code
    if first >= 0:
        yield f"{first:x}-{last:x}" if last > first else f"{first:x}"


def main(folders: list[Path]) -> None:
    lines = []
    for face in (BASE, BOLD, *SCRIPTS, HANGUL, HAN):
        name = SOURCES.get(face, face)
        source = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if source is None:
            sys.exit(f"{name} is in none of the folders.")
        lines.append(" ".join((face, *ranges(cut(source, face)))) + "\n")
    (FOLDER / COVERAGE).write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main([Path(one) for one in sys.argv[1:]])
