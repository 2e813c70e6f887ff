"""`fieldkit doctor`: each line is ok or says what to do, with and without a session, and nothing is changed."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from fieldkit.cli.checks import Check, clock, port, trust
from fieldkit.cli.doctor import show, tell_joining
from fieldkit.cli.door import Found, Joining
from fieldkit.station import Station
from tests.cli.kit import fieldkit
from tests.cli.test_ctl import answering, control
from tests.stories.processes import Host

NOW = 1_795_000_000_000
"""A moment of 2026."""
CHECKS = ["network", "port", "firewall", "clock", "disk", "key", "trust"]


def test_a_new_laptop_is_examined_without_leaving_a_trace(tmp_path: Path) -> None:
    home = tmp_path / "never"
    done = fieldkit("doctor", "--json", home=home)
    found = done.document
    assert [x["check"] for x in found["checks"]] == CHECKS
    assert found["joining"] is None and found["session"] is False
    bad = [x for x in found["checks"] if x["ok"] is False]
    assert (done.code, found["ok"]) == ((1, False) if bad else (0, True)), bad
    assert all(x["hint"] for x in bad) and all(x["words"].endswith(".") for x in found["checks"])
    assert not home.exists()
    text = fieldkit("doctor", home=home).text
    assert all(f" {name} " in text for name in CHECKS)


def test_a_session_that_runs_is_asked_how_joining_goes(tmp_path: Path) -> None:
    """The funnel and what it means, as in `ctl status`; somebody typed https."""
    with Host(tmp_path / "a", "toolbox-blank", "--invite", "http://hall-b.example=Hall B") as host:
        number = int(host.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", number), 5) as wire:
            wire.sendall(b"\x16\x03\x01\x02\x00" + b"\x00" * 50)
            wire.recv(1)
        done = fieldkit("doctor", "--json", home=host.home)
        found = done.document
        assert found["session"] is True and (done.code, found["ok"]) == (1, False)
        assert [x["code"] for x in found["joining"]["findings"]] == ["https"]
        said = host.ctl("status")["joining"]
        assert {**found["joining"], "funnel": {}} == {**said, "funnel": {}}
        assert next(x for x in found["checks"] if x["check"] == "port")["words"].endswith(f"{host.url}.")
        text = fieldkit("doctor", home=host.home).text
        assert "Somebody typed https." in text and "0 joined" in text and "http://hall-b.example  Hall B" in text


def test_what_a_dead_or_strange_session_left_is_no_session(tmp_path: Path) -> None:
    home = tmp_path / "h"
    control(home, 1, pid=2**22 - 1)
    done = fieldkit("doctor", "--json", home=home)
    assert done.document["session"] is False and "Traceback" not in done.talk
    for body in (
        b'{"joining": 7}',
        b'{"joining": {"findings": [7, {"code": []}], "funnel": 3, "invites": [1]}}',
        b"x",
        b"[]",
    ):
        with answering(200, body) as there:
            control(home, there)
            for flags in (("--json",), ()):
                done = fieldkit("doctor", *flags, home=home)
                assert done.code in (0, 1) and "mistake in fieldkit" not in done.talk, (body, done)


def test_broken_settings_are_one_line_of_many(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('wifi_password = "short"\n')
    done = fieldkit("doctor", "--json", home=tmp_path)
    assert done.code == 1
    assert [x["check"] for x in done.document["checks"]] == ["settings", *CHECKS]
    assert "short" not in done.text, "a password is not repeated"


def test_a_damaged_key_and_a_damaged_trust_list_are_said(tmp_path: Path) -> None:
    Station.open(tmp_path)
    (tmp_path / "keys" / "device.key").write_bytes(b"nonsense")
    (tmp_path / "trust.note").write_bytes(b"nonsense")
    found = {x["check"]: x for x in fieldkit("doctor", "--json", home=tmp_path).document["checks"]}
    assert found["key"]["ok"] is False and found["key"]["hint"]
    (tmp_path / "file").write_text("x")
    done = fieldkit("doctor", "--json", home=tmp_path / "file")
    assert done.code == 1 and next(x for x in done.document["checks"] if x["check"] == "disk")["ok"] is False


@pytest.mark.parametrize(
    ("now", "zone", "ok"),
    [(NOW, "Europe/Madrid", True), (0, "Europe/Madrid", False), (NOW, "UTC", None)],
)
def test_a_clock_that_cannot_be_right_is_said(now: int, zone: str, ok: bool | None) -> None:
    found = clock(None, now, zone)
    assert found.ok is ok and (found.hint or ok)
    assert clock(None, NOW, "UTC", stated="Europe/Madrid").ok is True


def test_a_clock_behind_the_last_session_is_said(tmp_path: Path) -> None:
    with Host(tmp_path / "a", "toolbox-blank") as host:
        host.stop()
    station = Station.look(tmp_path / "a")
    assert station is not None
    newest = max(ref.opened_t for ref in station.sessions())
    assert clock(station, newest + 1000, "Europe/Madrid").ok is True
    for back, words in ((3600_000, "minutes"), (5 * 3600_000, "hours"), (9 * 86_400_000, "9 days")):
        found = clock(station, newest - back, "Europe/Madrid")
        assert found.ok is False and words in found.words
    assert trust(station, newest).ok is True


def test_a_port_that_is_taken_is_said_and_none_is_kept() -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        number = taken.getsockname()[1]
        found, _ = port(number)
        assert found.ok is False and str(number) in found.words and found.hint
    found, ports = port(number)
    assert found.ok is True and ports == [number]
    with socket.create_server(("0.0.0.0", number)):
        pass


def test_hotspot_help_is_printed_for_this_system_and_for_all() -> None:
    here, every = fieldkit("doctor", "--hotspot"), fieldkit("doctor", "--hotspot", "--all")
    assert here.code == every.code == 0 and len(every.text) > len(here.text)
    assert "Internet Sharing" in every.text and "netsh" in every.text and "nmcli" in every.text
    assert len(json.loads(fieldkit("doctor", "--hotspot", "--all", "--json").text)["hotspot"]) == 4


def test_foreign_words_in_a_finding_never_reach_the_terminal_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    tell_joining(Joining(findings=[Found("evil\x1b[2J\u202e", "\x9b31m", "typed")]))
    show(Check("disk", False, "x\x1b]0;y\x07", ""))
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\u202e" not in said and "\x9b" not in said and "? near" in said
