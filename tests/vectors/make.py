"""`python -m tests.vectors.make` writes the vectors of this project again, and the table of them in README.md.

The same code makes the same bytes, which a test checks; only the bundles' compression is left to whatever zlib there
is. Golden bundles are never written again: what later versions must read is what this one wrote.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.vectors import golden, logs, notes

FOLDER = Path(__file__).parent
MARK = "<!-- python -m tests.vectors.make writes what follows -->\n"


def written(document: dict[str, Any]) -> str:
    """A document as text: a line a case, so that a change shows which."""
    cases = ",\n".join("  " + json.dumps(case, ensure_ascii=False, sort_keys=True) for case in document["cases"])
    head = json.dumps({k: v for k, v in document.items() if k != "cases"}, ensure_ascii=False, indent=1)[:-2]
    return f'{head},\n "cases": [\n{cases}\n ]\n}}\n'


async def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Every JSON file of vectors by its name."""
    return {
        "logs.json": await logs.document(folder),
        "notes.json": notes.notes(),
        "receipts.json": notes.document(notes.receipts()),
    }


def table(made: dict[str, dict[str, Any]]) -> str:
    """Each case with what it must lead to."""
    out = []
    for name, document in sorted(made.items()):
        out += [f"## {name}", "", "| case | read as | must be |", "|---|---|---|"]
        for case in document["cases"]:
            must = f"refused: `{case['reason']}`" if case["reason"] else "taken"
            out.append(f"| {case['what']} | {case.get('as', 'a session')} | {must} |")
        out.append("")
    return "\n".join(out)


def readme(made: dict[str, dict[str, Any]]) -> str:
    """README.md with the table of now; what stands above the mark is written by hand."""
    above = (FOLDER / "README.md").read_text("utf-8").partition(MARK)[0]
    return f"{above}{MARK}\n{table(made)}"


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        made = asyncio.run(documents(Path(temporary)))
    for name, document in made.items():
        (FOLDER / name).write_text(written(document), "utf-8")
    (FOLDER / "README.md").write_text(readme(made), "utf-8")
    golden.main()


if __name__ == "__main__":
    main()
