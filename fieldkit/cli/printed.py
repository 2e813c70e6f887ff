"""What exports say of paper: `--lang` and `--size` of the sheet, and the warning that it cannot write every name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.formats.pdf import Printing

PrintLangOpt = Annotated[
    str, typer.Option("--lang", metavar="LANG", help="With pdf: the language of its words, else the session's first.")
]
PrintSizeOpt = Annotated[str, typer.Option("--size", metavar="PAPER", help="With pdf: A4 or letter.")]


def printing_of(as_: str, lang: str, size: str) -> Printing:
    """What --lang and --size say of a sheet for paper. Raises WrongUsage."""
    from fieldkit.formats.pdf import Printing
    from fieldkit.words import TRAINER

    if (lang or size) and as_ != "pdf":
        raise WrongUsage("--lang and --size are for a sheet on paper.", "Use them with --as pdf.")
    if lang and lang not in TRAINER:
        raise WrongUsage(f"There is no sheet in {lang[:20]!r}.", f"--lang is one of: {', '.join(TRAINER)}.")
    if not size:
        return Printing(lang)
    from fieldkit.cli.card import paper_size

    return Printing(lang, paper_size(size))


def warn_unwritten(printing: Printing) -> None:
    """Say loudly that somebody's name is not on the paper as it is written."""
    if printing.unwritten:
        named = ", ".join(talk.plain(one) for one in printing.unwritten)
        talk.warn(
            f"No font of this program has every sign of the names on the sheet ({named}): � stands for them.",
            "The badge says who it is. A table as CSV or XLSX has every name as it is written.",
        )
