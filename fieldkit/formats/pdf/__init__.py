"""Papers to print and file, as PDF/A-2u (ISO 19005-2): fonts inside, nothing fetched, the same bytes wherever they are
made from the same input, given the same releases of fpdf2, fontTools and HarfBuzz and of zlib.

The libraries (extra `pdf`) are loaded when a paper is asked for.
"""

from __future__ import annotations

import importlib.util

import msgspec

from fieldkit.errors import NotPossible, install

LIBRARIES = ("fpdf", "uharfbuzz")


def there() -> bool:
    """Whether the libraries are installed."""
    return all(importlib.util.find_spec(one) is not None for one in LIBRARIES)


def missing() -> NotPossible:
    """What to say where they are not."""
    return NotPossible(
        "This installation cannot write PDF: the libraries fpdf2 and uharfbuzz are not there.",
        f"Install them out of the file of this release, `{install('pdf')}`, or use --as csv.",
    )


class Printing(msgspec.Struct):
    """How a sheet shall be printed, and what could not be. `lang`: empty for the session's first language."""

    lang: str = ""
    size: str = "A4"
    unwritten: list[str] = []
    """Filled by the writer: scripts of which a character is in no font."""
