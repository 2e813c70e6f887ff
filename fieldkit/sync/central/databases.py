"""Which database: the one place that knows both."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from fieldkit.errors import WrongUsage
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.tx_base import PATIENT_S

Place = Path | str
"""A file for SQLite, an address for PostgreSQL."""
SCHEMES = ("postgresql://", "postgres://")


def place_of(address: str, file: Path) -> Place:
    """Where the database is, by the line `database` of central.toml; without one in this file. Raises WrongUsage."""
    if not address:
        return file
    try:
        good = urlsplit(address).port != 0  # and it raises for one that cannot be
    except ValueError:
        good = False
    if not good or not address.startswith(SCHEMES) or not address.isprintable() or len(address) > 2000:
        raise WrongUsage(
            "This is no address of a PostgreSQL database.",
            "It looks like postgresql://user@host/name; see docs/central.md.",
        )
    return address


async def vacant(place: Place) -> None:
    """Before anything is made: raises FieldkitError when the database cannot be reached, NotPossible when there is a
    central in it. A file is looked at when it is made."""
    if isinstance(place, str):
        from fieldkit.sync.central.postgres import vacant as look

        await look(place)


async def open_database(place: Place, *, create: bool = False, wait_s: float = PATIENT_S) -> Database:
    """The database that is there, its tables those of this release; with `create` it is made. `wait_s`: how long for
    others that write; then it raises `Busy`. Raises FieldkitError when
    it is missing or cannot be reached, DamagedData when it is not ours."""
    if isinstance(place, str):
        from fieldkit.sync.central.postgres import open_postgres

        return await open_postgres(place, create=create, wait_s=wait_s)
    from fieldkit.sync.central.sqlite import open_sqlite

    return await open_sqlite(place, create=create, wait_s=wait_s)
