"""Wall times in zones: what comes twice or never is said; what another laptop's clock shows."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from fieldkit.errors import WrongUsage
from fieldkit.zones import instant, require_once, seen_from, zone_of


def at(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - on a wall


@pytest.mark.parametrize(
    ("when", "zone", "words"),
    [
        ("2027-03-28 02:00", "Europe/Madrid", "is put forward: there is no 02:00"),
        ("2027-03-28 02:59", "Europe/Madrid", "is put forward"),
        ("2026-10-25 02:00", "Europe/Madrid", "is put back: 02:00 comes twice"),
        ("2026-10-25 02:59", "Europe/Madrid", "comes twice"),
        ("2026-10-04 02:15", "Australia/Lord_Howe", "there is no 02:15"),
        ("2026-11-01 01:30", "America/Chicago", "comes twice"),
    ],
)
def test_an_hour_that_comes_twice_or_never_is_a_sentence(when: str, zone: str, words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        require_once(at(when), zone)


@pytest.mark.parametrize("when", ["2027-03-28 01:59", "2027-03-28 03:00", "2026-10-25 01:59", "2026-10-25 03:00"])
def test_the_hours_beside_it_are_hours(when: str) -> None:
    require_once(at(when), "Europe/Madrid")


@pytest.mark.parametrize(
    "name",
    [
        *("", "Mars/Base", "../../etc/passwd", "/etc/localtime", "Europe/Madrid\n", "\x1b[2J", "A" * 400, "Europe"),
        *("posixrules", "localtime", "Factory", "posix/Europe/Madrid", "right/UTC"),
    ],
)
def test_what_is_no_zone_is_a_sentence(name: str) -> None:
    with pytest.raises(WrongUsage, match="There is no time zone"):
        zone_of(name)


def test_another_laptop_shows_its_own_hour() -> None:
    assert instant(at("2026-11-30 06:00"), "Europe/Madrid").isoformat() == "2026-11-30T05:00:00+00:00"
    assert seen_from(at("2026-11-30 00:30"), "Europe/Madrid", "America/Chicago") == at("2026-11-29 17:30")
    assert seen_from(at("2026-11-30 06:00"), "Europe/Madrid", "Europe/Berlin") == at("2026-11-30 06:00")
    mine = next((name for name in ("localtime", "posixrules", "Factory") if _is_here(name)), "UTC")
    assert seen_from(at("2026-11-30 06:00"), "Europe/Madrid", mine), "a laptop may call its own zone as it likes"


def _is_here(name: str) -> bool:
    try:
        return bool(zoneinfo.ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
