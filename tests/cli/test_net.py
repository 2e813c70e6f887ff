"""How a room is reached, from options, variables and `config.toml`: routed addresses and the room's Wi-Fi."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldkit.cli.net import net_of, with_wifi
from fieldkit.config import load
from fieldkit.errors import FieldkitError, WrongUsage
from tests.cli.kit import fieldkit
from tests.stories.processes import Host, json_of

SECRET = 'pa;ss,wo"rd: 1'


def password(folder: Path, text: str = SECRET + "\nnot this\n") -> Path:
    file = folder / "password.txt"
    file.write_text(text, "utf-8")
    return file


def test_the_wifi_comes_from_settings_and_options_and_is_printed_nowhere(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"wifi_name = 'Hall 4'\nwifi_password = '{SECRET}'\nwifi_hidden = true\n")
    settings = load(tmp_path, {})
    assert SECRET not in repr(settings) and SECRET not in str(net_of(settings))
    assert net_of(settings).wifi.text == 'WIFI:T:WPA;S:Hall 4;P:pa\\;ss\\,wo\\"rd\\: 1;H:true;;'
    assert load(tmp_path, {"FIELDKIT_WIFI_NAME": "Other", "FIELDKIT_WIFI_HIDDEN": "no"}).wifi_hidden is False
    other = with_wifi(settings, "Another network", None)
    assert net_of(other).wifi.text == "WIFI:T:nopass;S:Another network;;", "a password belongs to the name it came with"
    given = with_wifi(other, "Another network", password(tmp_path))
    assert given.wifi_password == SECRET and "Another network" in repr(net_of(given).wifi)
    assert with_wifi(settings, None, None) == settings


@pytest.mark.parametrize("name", ["x" * 33, "ñ" * 17, "a\x1b[2J", "a\nb", "\u202e"])
def test_a_name_that_no_wifi_has_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUsage, match="--wifi"):
        with_wifi(load(tmp_path, {}), name, None)


@pytest.mark.parametrize("text", ["short", "x" * 64, "ünïcödé-password", "tab\tinside it", "\x1b[2J12345678"])
def test_a_password_that_no_wifi_takes_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        with_wifi(load(tmp_path, {}), "Hall 4", password(tmp_path, text))
    assert text not in refused.value.sentence + refused.value.hint
    with pytest.raises(WrongUsage) as refused:
        load(tmp_path, {"FIELDKIT_WIFI_PASSWORD": text})
    assert text not in refused.value.sentence + refused.value.hint
    assert with_wifi(load(tmp_path, {}), "Hall 4", password(tmp_path, "0123456789abcdef" * 4)).wifi_password


def test_a_password_without_a_name_or_a_file_is_a_sentence(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    for file in (password(tmp_path), password(tmp_path, ""), tmp_path / "none", tmp_path):
        with pytest.raises(FieldkitError) as refused:
            with_wifi(settings, None, file)
        assert refused.value.hint


@pytest.mark.parametrize("url", ["https://hall-b.example", "javascript:alert(1)", "http://h/x", "http://u:p@h", ""])
def test_a_routed_address_that_is_none_stops_the_host_before_it_begins(tmp_path: Path, url: str) -> None:
    done = fieldkit("host", "toolbox-blank", "--headless", "--invite", url, home=tmp_path / "d")
    assert done.code == 2 and "--invite" in done.talk and "hint:" in done.talk and "Traceback" not in done.talk
    assert not (tmp_path / "d").exists(), "nothing was begun"


def test_the_ready_line_names_the_routed_addresses_and_no_password(tmp_path: Path) -> None:
    """And neither does anything the session leaves: status, log files, a bundle, an export."""
    args = ["--invite", "http://hall-b.example:9000/=Hall B", "--invite", "HTTP://[FD00::5]"]
    wifi = ["--wifi", "Hall 4", "--wifi-password-file", str(password(tmp_path))]
    home = tmp_path / "d"
    with Host(home, "toolbox-blank", *args, *wifi) as host:
        assert host.ready["invites"] == [
            {"url": "http://hall-b.example:9000", "place": "Hall B"},
            {"url": "http://[fd00::5]", "place": ""},
        ]
        assert SECRET not in json.dumps(host.ctl("status"))
        host.ctl("end")
        host.wait()
    json_of("bundle", "last", "-o", str(tmp_path / "x.fkb"), "--plain", "--data", str(home))
    left = [p for p in [*tmp_path.rglob("*")] if p.is_file() and p.name != "password.txt"]
    assert left and not [p for p in left if SECRET.encode() in p.read_bytes()]


def test_a_table_that_cannot_be_split_says_which_can(tmp_path: Path) -> None:
    for args, words in (
        (("--what", "pacing", "--by", "place"), "attendance, answers, results"),
        (("--what", "results", "--by", "shoe"), "place"),
        (("--what", "all", "--as", "json", "--by", "place"), "attendance, answers, results"),
    ):
        done = fieldkit("export", "last", *args, "-o", "-", home=tmp_path)
        assert done.code == 2 and words in done.talk, done
