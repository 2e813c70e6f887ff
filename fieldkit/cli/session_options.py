"""What is said of a session when it begins, and when it is planned on this laptop."""

from __future__ import annotations

from typing import Annotated

import typer

TitleOpt = Annotated[str, typer.Option(help="Title of the session; else the pack's.")]
PartOpt = Annotated[str, typer.Option(metavar="PROGRAM/PART", help="Which part of a program it is.")]
CohortOpt = Annotated[str, typer.Option(help="Who goes through the program together.")]
MakesUpOpt = Annotated[str, typer.Option(metavar="SESSION", help="The session that it makes up.")]
