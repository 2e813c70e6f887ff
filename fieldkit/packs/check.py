"""Everything that is wrong with a pack, in one run: each problem with file, place, sentence and what to write instead.

Errors refuse the pack (`host` and the compiler too); warnings are for its author. The checks are split by what they
look at: fields, what fields say to each other, keys, design, texts, media.
"""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import BadBytes
from fieldkit.packs.check_blended import check_blended
from fieldkit.packs.check_design import check_design
from fieldkit.packs.check_media import check_media
from fieldkit.packs.check_rules import check_rules
from fieldkit.packs.check_texts import check_texts
from fieldkit.packs.load import Loaded, load_pack
from fieldkit.packs.problem import Problem
from fieldkit.packs.read import PackFiles, read_pack


def check_pack(path: Path) -> list[Problem]:
    """All problems of the pack at `path` (folder or .fkpack), errors first, in the order of the file.

    Raises NotPossible if nothing is there and FieldkitError if the disk refuses; damage is a Problem.
    """
    try:
        files = read_pack(path)
    except BadBytes as e:
        return [Problem("error", path.name, "", e.detail or e.reason, "Build the pack again from its folder.")]
    return check_files(files).problems


def check_files(files: PackFiles) -> Loaded:
    """The decoded pack and its problems, errors first."""
    out = load_pack(files)
    first = {(p.file, p.place) for p in out.problems}
    known = len(out.problems)
    check_rules(out)
    check_blended(out)
    check_design(out)
    check_texts(out)
    check_media(out)
    # A field that was refused was left out; what then seems missing around it is the same mistake, said twice.
    later = [p for p in out.problems[known:] if not _explained(p, first)]
    found = out.problems[:known] + later
    out.problems = sorted(found, key=lambda p: (p.level != "error", p.file != "pack.yaml", p.file, p.line))
    return out


def _explained(problem: Problem, first: set[tuple[str, str]]) -> bool:
    return any(
        file == problem.file and place.startswith(problem.place) and place[len(problem.place) :][:1] in ("", ".", "[")
        for file, place in first
        if problem.place
    )
