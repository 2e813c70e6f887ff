"""What several commands of `fieldkit central` take, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeOpt = Annotated[Path, typer.Option("--home", metavar="DIR", help="Central's folder.")]
WhoOpt = Annotated[str, typer.Option("--who", metavar="ID", help="A badge, or the person_id of the sheet.")]
WhyOpt = Annotated[str, typer.Option("--why", metavar="CODE", help="mistake, request, order or other.")]
ReasonOpt = Annotated[str, typer.Option("--reason", metavar="WORDS", help="In words; they can be erased later.")]
