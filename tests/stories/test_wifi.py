"""Stories on a bad Wi-Fi: an answer is always saved, kept on the phone or too late, never none of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.kit.wifi import AWFUL, CLEAN, Wifi
from tests.stories.hall import Hall, Pocket

WHY_NOT = Wifi.why_not()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "a simulated Wi-Fi")]


def codes(status: dict[str, dict[str, list[dict[str, str]]]]) -> list[str]:
    return [one["code"] for one in status["joining"]["findings"]]


def come_in(*phones: Pocket) -> None:
    for phone in phones:
        phone.tell("join")
    assert [phone.hear() for phone in phones] == [{"state": "in"}] * len(phones)


def test_loss_delay_reorder_and_a_cut_lose_no_answer(tmp_path: Path) -> None:
    """Two phones behind an awful radio, one of them cut while it answers; a third is cut until it is too late."""
    with Wifi(["laptop", "p1", "p2", "p3"], seed=7) as cell, Hall(cell, tmp_path / "d", "--no-announce") as hall:
        p1, p2, p3 = (hall.phone(name) for name in ("p1", "p2", "p3"))
        for name in ("p1", "p2"):
            cell.link(name, **AWFUL)
        come_in(p1, p2, p3)
        activity = hall.ask()
        p1.do("answer", activity, 1, ["a"])
        cell.down("p2")
        cell.down("p3")
        p2.do("answer", activity, 1, ["a"])
        p3.do("answer", activity, 1, ["b"])
        assert p1.marks(40) == ["saved"]
        assert (p2.marks(), p3.marks()) == (["kept"], ["kept"]), "nothing is lost and nothing is claimed"
        p2.do("answer", activity, 1, ["b"])
        cell.up("p2")
        assert p2.marks(40) == ["saved", "saved"]
        hall.ctl("close")
        cell.up("p3")
        assert p3.marks(40) == ["late"]
        assert hall.counts(activity) == 2
        counts = cell.counts()
        assert counts["p1"]["lost"] > 0 and counts["p3"]["lost"] > 0, "the radio was as bad as it was meant to be"


def test_a_phone_that_slept_through_the_question_shows_the_next_one_and_sends_what_it_kept(tmp_path: Path) -> None:
    with Wifi(["laptop", "p1"]) as cell, Hall(cell, tmp_path / "d", "--no-announce") as hall:
        phone = hall.phone("p1")
        come_in(phone)
        first = hall.ask()
        cell.down("p1")
        phone.do("answer", first, 1, ["a"])
        cell.sleep("p1")
        second = hall.ask()
        time.sleep(1.0)
        cell.wake("p1")
        assert phone.marks(40) == ["late"], "asking the second question closed the first"
        phone.do("answer", second, 1, ["b"])
        assert phone.marks(40) == ["late", "saved"]
        end = time.monotonic() + 20
        while (shown := phone.do("open")["open"]) != [second]:
            assert time.monotonic() < end, shown
            time.sleep(0.1)
        assert hall.counts(second) == 1


def test_a_network_that_drops_multicast_hides_the_session_and_the_typed_address_works(tmp_path: Path) -> None:
    with Wifi(["laptop", "p1"]) as cell, Hall(cell, tmp_path / "d") as hall:
        hall.find("p1", hall.url)
        cell.ap(multicast="drop")
        code, found = hall.fieldkit("discover", "--seconds", "1.5", station="p1")
        assert (code, found) == (1, [])
        come_in(hall.phone("p1"))
        assert hall.ctl("status")["people"]["joined"] == 1


def test_client_isolation_is_named_by_the_laptop_and_ends_with_it(tmp_path: Path) -> None:
    """The phone finds nothing; the laptop has heard it look, and says what that means."""
    with Wifi(["laptop", "p1"]) as cell, Hall(cell, tmp_path / "d", "--no-announce") as hall:
        cell.ap(isolation="unicast")
        phone = hall.phone("p1")
        phone.tell("join")
        hall.until(lambda status: "isolation" in codes(status), 40)
        exit_code, (said,) = hall.fieldkit("doctor", "--data", str(hall.home))
        assert exit_code == 1 and [x["code"] for x in said["joining"]["findings"]] == ["isolation"]
        cell.ap(isolation="")
        assert phone.hear() == {"state": "in"}
        assert "isolation" not in codes(hall.ctl("status"))


def test_another_address_is_shown_and_announced_and_people_join_through_it(tmp_path: Path) -> None:
    """The router changes the laptop's address in the middle of a session."""
    with Wifi(["laptop", "p1"]) as cell, Hall(cell, tmp_path / "d") as hall:
        come_in(hall.phone("p1"))
        cell.readdress("laptop", 99)
        url = hall.until(lambda s: s["joining"]["url"] != hall.url and s["joining"]["url"], 30)
        assert url == "http://10.77.0.99" and "moved" in codes(hall.ctl("status"))
        assert hall.errors().count("The laptop's address changed") == 1 and url in hall.errors()
        hall.url = url
        hall.ctl("address", "10.77.0.99")
        assert "moved" not in codes(hall.ctl("status"))
        cell.link("p1", **CLEAN)
        come_in(hall.phone("p1"))
        hall.find("p1", url)


def test_two_sessions_of_one_laptop_are_both_found_and_kept_apart(tmp_path: Path) -> None:
    """Two ports, two data folders, two codes, the same pack: the code of one is wrong at the other, and says so."""
    with Wifi(["laptop", "p1", "p2"]) as cell, Hall(cell, tmp_path / "a") as one, Hall(cell, tmp_path / "b") as two:
        assert (one.url, two.url) == ("http://10.77.0.1", "http://10.77.0.1:8080") and one.code != two.code
        found = one.find("p1", one.url, two.url)
        assert all(x["alike"] for x in found), "the same title twice: the address decides"
        astray = Pocket(cell, "p1", two.url, one.code)
        assert astray.do("join") == {"state": "wrong-code"}
        come_in(two.phone("p2"))
        joined = [hall.ctl("status")["people"]["joined"] for hall in (one, two)]
        assert joined == [0, 1]
