"""Draw every screen anew into `docs/screens`, or those of the chapters whose titles begin with what is named."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.screens.book import FOLDER, files_of, index, numbers, play
from tests.screens.chapters import CHAPTERS


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for chapter in CHAPTERS:
        if wanted and not any(chapter.title.lower().startswith(x.lower()) for x in wanted):
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            drawn = asyncio.run(play(chapter, CHAPTERS, Path(folder)))
        for name, text in drawn.items():
            (FOLDER / name).write_text(text, "utf-8", newline="\n")
        print(f"{time.monotonic() - began:5.1f} s  {chapter.title}")
    if not wanted:
        kept = {file for chapter in CHAPTERS for file in files_of(chapter, numbers(CHAPTERS))} | {"README.md"}
        for old in FOLDER.iterdir():
            if old.name not in kept:
                old.unlink()
        text = index(CHAPTERS, lambda name: (FOLDER / name).read_text("utf-8"))
        (FOLDER / "README.md").write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
