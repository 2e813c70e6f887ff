"""`fieldkit card` and `fieldkit paper`: for the running session, for a planned one, and typed in afterwards."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fieldkit.lan.qr import invite_text, svg
from tests.cli.kit import fieldkit
from tests.stories.processes import Host, json_of, run


def test_a_planned_card_holds_address_code_and_both_languages(tmp_path: Path) -> None:
    out = tmp_path / "card.html"
    asked = ("--url", "10.42.0.1:8080", "--code", "k7m4", "--title", "Ann [/] <b>", "--lang", "en", "--lang", "es")
    done = fieldkit("card", *asked, "-o", str(out), home=tmp_path / "home")
    assert done.code == 0, done.talk
    text = out.read_text("utf-8")
    assert "10.42.0.1:8080" in text and "K7M4" in text and "Ann [/] &lt;b&gt;" in text
    assert 'lang="es"' in text and "Código de la sala" in text and text.count("<svg") == 1
    assert not (tmp_path / "home").exists(), "a card needs no data folder"


def test_a_card_for_tomorrow_leaves_room_for_the_code_that_is_made_when_the_session_starts(tmp_path: Path) -> None:
    done = fieldkit("card", "--url", "10.42.0.1", "-o", "-", home=tmp_path)
    assert done.code == 0 and ">____</p>" in done.text and "_ · _ · _ · _" in done.text
    assert svg(invite_text("http://10.42.0.1")) in done.text, "the door asks for the code"


def test_the_wifi_stands_beside_when_the_settings_know_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDKIT_WIFI_NAME", 'Press; "hall"')
    monkeypatch.setenv("FIELDKIT_WIFI_PASSWORD", "not-on-paper")
    done = fieldkit("card", "--url", "10.0.0.1", "--code", "K7M4", "-o", "-", home=tmp_path)
    assert done.code == 0 and done.text.count("<svg") == 2
    assert "Press; &#34;hall&#34;" in done.text
    assert "not-on-paper" not in done.text + done.talk, "in the square only"


WRONG = [
    ("--code", "K7M4"),
    ("--url", "https://10.0.0.1", "--code", "K7M4"),
    ("--url", "http://10.0.0.1/x", "--code", "K7M4"),
    ("--url", "http://user@10.0.0.1", "--code", "K7M4"),
    ("--url", "http://", "--code", "K7M4"),
    ("--url", "http://[", "--code", "K7M4"),
    ("--url", "http://10.0.0.1:99999", "--code", "K7M4"),
    ("--url", "http://10.0.0.1\x1b[2J", "--code", "K7M4"),
    ("--url", "10.0.0.1", "--code", "K7M0"),
    ("--url", "10.0.0.1", "--code", "K7M4", "--lang", "xx"),
    ("--url", "10.0.0.1", "--code", "K7M4", "--lang", "en", "--lang", "es", "--lang", "fr"),
    ("--url", "10.0.0.1", "--code", "K7M4", "--size", "napkin"),
]


@pytest.mark.parametrize("more", WRONG)
def test_what_no_phone_could_open_is_wrong_usage(tmp_path: Path, more: tuple[str, ...]) -> None:
    out = tmp_path / "card.html"
    done = fieldkit("card", *more, "-o", str(out), home=tmp_path)
    assert done.code == 2 and "\x1b" not in done.talk and not out.exists(), done.talk


def test_without_a_session_the_card_says_how_to_get_one(tmp_path: Path) -> None:
    done = fieldkit("card", "-o", str(tmp_path / "x.html"), home=tmp_path)
    assert done.code == 3 and "No session is running" in done.talk


def test_paper_of_a_pack_with_the_rosters_names(tmp_path: Path) -> None:
    roster, out = tmp_path / "crew.csv", tmp_path / "sheet.html"
    roster.write_text("badge,name,employer\nB-1,Ann [/] Lee <b>x</b>,ACME\n", "utf-8")
    table = tmp_path / "answers.csv"
    more = (
        "--roster",
        str(roster),
        "--lang",
        "en",
        "--lang",
        "es",
        "--sheets",
        "0",
        "-o",
        str(out),
        "--csv",
        str(table),
    )
    done = fieldkit("paper", "loto-basics", *more, home=tmp_path / "home")
    assert done.code == 0, done.talk
    text = out.read_text("utf-8")
    assert text.count("Ann [/] Lee &lt;b&gt;x&lt;/b&gt;") == 2 and "ACME" in text, "sign-in row and answer sheet"
    assert "A ●" in text and 'lang="es"' in text
    header, row = table.read_text("utf-8-sig").splitlines()
    assert header.startswith("badge,name,in,") and row.startswith("B-1,Ann [/] Lee <b>x</b>,no,")


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("no-such-pack", "-o", "-"),
        ("loto-basics", "-o", "-", "--sheets", "9999"),
        ("loto-basics", "-o", "-", "--roster", "/nowhere.csv"),
        ("loto-basics", "-o", "-", "--enter", "/nowhere.csv"),
        ("--enter", "/nowhere.csv"),
    ],
)
def test_paper_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path, more: tuple[str, ...]) -> None:
    done = fieldkit("paper", *more, home=tmp_path / "home")
    assert done.code in (1, 2, 3) and "mistake in fieldkit" not in done.talk and done.out == b"", done.talk


@pytest.mark.slow
def test_card_kiosk_and_paper_of_a_running_session(tmp_path: Path) -> None:
    home, sheet = tmp_path / "laptop", tmp_path / "in.csv"
    laptop = ("--data", str(home))
    with Host(home, "loto-basics", "--facilitator", "Sam Ortiz") as host:
        card = run("card", "-o", "-", *laptop).stdout
        assert host.code in card and "Sam Ortiz" in card and host.url.removeprefix("http://") in card
        status = host.ctl("status")
        assert (status["kiosk"], status["url"]) == ("offered", host.url)
        url = json_of("ctl", "kiosk", *laptop)["url"]
        assert url == host.ready["kiosk"] and run("ctl", "kiosk", *laptop).stdout == url + "\n"
        assert json_of("ctl", "kiosk", "off", *laptop)["result"] == "accepted"
        assert host.ctl("status")["kiosk"] == "off"
        assert json_of("ctl", "kiosk", *laptop)["url"] != url
        run("ctl", "kiosk", "on", *laptop, ok=(2,))
        host.ctl("ask", "Which way out?", "North", "South")
        sheet.write_text("badge,name,in,spot-1\n,Bo,x,B\n,Bo,x,A\nB-7,Cyd,,\nB-8,,x,\n", "utf-8")
        found = _entered(sheet, home, 2)
        assert "no activity" in found, "what was asked on the spot is not in the plan"
        activity = _first_choice(run("paper", "-o", "-", *laptop).stdout)
        host.ctl("open", activity)
        sheet.write_text(f"badge,name,in,{activity}\n,Bo,x,B\n,Bo,x,A\nB-7,Cyd,,\nB-8,,x,\n", "utf-8")
        first = json.loads(_entered(sheet, home, 1))
        assert [row["said"][0] for row in first["rows"][:3]] == ["in, a new person"] * 3
        assert "Nobody here has this badge" in first["rows"][3]["said"][0]
        again = json.loads(_entered(sheet, home, 1))
        assert [row["said"] for row in again["rows"][:2]] == [["in already", f"{activity}: saved already"]] * 2
        before = host.ctl("status")["saved"]
        sheet.write_text(f"badge,name,in,{activity}\nB-7,Dee Ott,x,A\nB-9,Eli,07:55,\nB-9,Fay,x,A\nB-7,,,B\n", "utf-8")
        mixed = json.loads(_entered(sheet, home, 1))["rows"]
        assert [row["refused"] for row in mixed] == [2, 0, 2, 0]
        assert all(f"the badge is {name}'s" in mixed[k]["said"][0] for k, name in ((0, "Cyd"), (2, "Eli")))
        assert mixed[1]["said"] == [
            "in, a new person",
            "07:55 is not entered: paper counts from the start of the session",
        ]
        assert host.ctl("status")["saved"] == before + 2, "Eli came, Cyd answered: nothing of the other two"
        table = run("paper", "--csv", "-", *laptop).stdout.splitlines()
        assert sum(bool(re.match(r"[A-Z0-9]{6},Bo,no,", line)) for line in table) == 2, "each Bo by their own code"
        rows = json_of("export", "last", "--what", "attendance", "--as", "json", "-o", "-", *laptop)
        assert sorted((x["name"], x["flags"]) for x in rows) == [
            (n, "walk_in paper") for n in ("Bo", "Bo", "Cyd", "Eli")
        ]


def _entered(sheet: Path, home: Path, code: int) -> str:
    done = run("paper", "--enter", str(sheet), "--json", "--data", str(home), ok=(code,))
    return done.stdout or done.stderr


def _first_choice(html: str) -> str:
    """The first activity with letters on the sheet."""
    found = re.search(r'class="id mono">([a-z0-9-]+)<(?:(?!class="id mono").)*?A ●', html, re.S)
    assert found, html[:500]
    return found[1]
