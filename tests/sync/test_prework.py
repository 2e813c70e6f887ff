"""Pre-work: opened by a command, answered by whoever has badge and code; and a server that is killed over an answer."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fieldkit.sync.central.desk_said import KEY
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.learn_folds import folded
from fieldkit.sync.central.learn_token import COOKIE
from tests.cli.kit import Done, fieldkit

UNTIL = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=20)).isoformat()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    at = tmp_path / "central"
    assert fieldkit("central", "init", "--home", str(at), "--org", "ld.acme.example", "--no-passphrase").code == 0
    assert fieldkit("central", "desk", "--home", str(at)).code == 0
    return at


def prework(home: Path, *args: str) -> Done:
    return fieldkit("central", "prework", "open", "loto-basics", "--until", UNTIL, "--home", str(home), "--json", *args)


@contextlib.contextmanager
def serving(home: Path, told: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`fieldkit central serve` as a process of its own; its port."""
    command = [sys.executable, "-m", "fieldkit", "central", "serve", "--home", str(home), "--behind-proxy"]
    with told.open("wb") as out:
        process = subprocess.Popen([*command, "--port", "0", "--json"], stdout=out, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if told.read_bytes().endswith(b"\n"):
                break
            time.sleep(0.05)
        yield json.loads(told.read_bytes())["port"], process
    finally:
        process.kill()
        process.wait()


def ask(port: int, fields: dict[str, str] | None, path: str = "/learn", cookie: str = "") -> tuple[int, str, str, str]:
    """Status, where to, the cookie that was set, and the page."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{COOKIE}={cookie}"}
    line.request("GET" if fields is None else "POST", path, urlencode(fields or {}), headers)
    got = line.getresponse()
    page = got.read().decode()
    line.close()
    found = re.search(rf"{COOKIE}=([^;]+)", got.headers.get("Set-Cookie", ""))
    return got.status, got.headers.get("Location", ""), found[1] if found else "", page


def answers(home: Path) -> list[tuple[str, list[str]]]:
    """(badge, answer) of everything that is in a log."""

    async def look() -> list[tuple[str, list[str]]]:
        db = await Home.open(home).database()
        try:
            async with db.reading() as tx:
                every = [await folded(tx, one) for one in await tx.sessions()]
        finally:
            await db.close()
        rounds = [(one, x) for one in every for runs in one.runs.values() for x in runs]
        return [(s.people[p].badge, answer.v) for s, x in rounds for (p, _), answer in x.answers.items()]

    return asyncio.run(look())


def test_a_server_that_is_killed_between_commit_and_answer_counts_it_once(home: Path, tmp_path: Path) -> None:
    code = prework(home).document["code"]
    with serving(home, tmp_path / "one.json") as (port, process):
        status, to, cookie, _ = ask(port, {"do": "in", "badge": " e77 ", "code": code})
        assert (status, to) == (303, "/learn") and cookie
        page = ask(port, None, cookie=cookie)[3]
        assert "Find the energy control card" in page and "Before the training" in page
        to = re.findall(r'href="(/learn\?s=[^"]+)"', page)[0]
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', ask(port, None, to, cookie)[3]))
        form |= {"do": "answer", "t": "4"}
        body = urlencode(form).encode()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request(
            "POST", "/learn", body,
            {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{COOKIE}={cookie}"},
        )  # fmt: skip
        for _ in range(1000):
            if answers(home):
                break
            time.sleep(0.01)
        else:
            got = line.getresponse()
            pytest.fail(f"{got.status} {got.headers} {got.read().decode()}")
        process.kill()  # whether it has answered or not, nobody has read it
        line.close()
    with serving(home, tmp_path / "two.json") as (port, _):
        status, to, _, _ = ask(port, form, cookie=cookie)
        assert status == 303 and "&k=1" not in to and "Saved." in ask(port, None, to, cookie)[3]
    assert answers(home) == [("E77", ["4"])]
    (listed,) = fieldkit("central", "prework", "list", "--home", str(home), "--json").document["prework"]
    assert (listed["code"], listed["answered"], listed["expected"]) == (code, 1, 0)
    rows = fieldkit("central", "export", "--home", str(home), listed["log"], "--what", "answers", "-o", "-").text
    assert "E77" in rows and "card-count" in rows
    (home / "keys" / KEY).rename(tmp_path / "old.key")  # and head office's device is replaced
    assert fieldkit("central", "desk", "--home", str(home)).code == 0
    with serving(home, tmp_path / "three.json") as (port, _):
        for badge, n in (("E77", "2"), ("E78", "1")):
            cookie = ask(port, {"do": "in", "badge": badge, "code": code})[2]
            page = ask(port, None, to, cookie)[3]
            assert ("Change my answer" in page) == (n == "2")
            form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
            form = {k: v for k, v in form.items() if k != "do"} | {"do": "answer", "t": "5"}
            assert form["n"] == n and ask(port, form, cookie=cookie)[0] == 303
    assert sorted(answers(home)) == [("E77", ["4"]), ("E77", ["5"]), ("E78", ["5"])]
    (listed,) = fieldkit("central", "prework", "list", "--home", str(home), "--json").document["prework"]
    assert (listed["code"], listed["answered"]) == (code, 2), "each of them once"


def test_with_a_roster_only_its_badges_come_in(home: Path, tmp_path: Path) -> None:
    roster = tmp_path / "crew.csv"
    roster.write_text("badge,name,issuer\nE1,Ann [/] Lee,acme\n=2+3,Bo,\n,Nobody,\n", "utf-8")
    done = prework(home, "--roster", str(roster), "--url", "https://fk.example/", "-o", str(tmp_path / "qr.svg"))
    said = done.document
    assert said["people"] == 2 and said["url"] == f"https://fk.example/learn?code={said['code'].replace(' ', '')}"
    assert (tmp_path / "qr.svg").read_bytes().startswith(b'<svg xmlns="http') and "badge" in done.talk
    with serving(home, tmp_path / "one.json") as (port, _):
        for badge, in_ in (("E1", True), ("=2+3", True), ("E77", False), ("", False), ("Nobody", False)):
            got = ask(port, {"do": "in", "badge": badge, "code": said["code"]})
            assert (got[0] == 303) == in_, badge
        cookie = ask(port, {"do": "in", "badge": "e1", "code": said["code"]})[2]
        assert "Ann [/] Lee" in ask(port, None, cookie=cookie)[3]


IMPOSSIBLE: tuple[tuple[str, ...], ...] = (
    ("hygiene-handwash", "--until", UNTIL),
    ("loto-basics",),
    ("loto-basics", "--until", "2020-01-01"),
    ("loto-basics", "--until", "2199-01-01"),
    ("loto-basics", "--until", "\x1b[2J"),
    ("loto-basics", "--until", UNTIL, "--tz", "Mars/X"),
    ("loto-basics", "--until", UNTIL, "--url", "http://fk.example"),
    ("loto-basics", "--until", UNTIL, "--url", "https://fk.example/?q=1"),
    ("loto-basics", "--until", UNTIL, "-o", "qr.svg"),
    ("loto-basics", "--until", UNTIL, "--plan", "h-23456789"),
    ("--plan", "h-23456789"),
    ("--plan", "../../etc/passwd"),
    ("--until", UNTIL),
)


def test_what_cannot_be_opened_is_a_sentence_and_leaves_nothing(home: Path) -> None:
    for args in IMPOSSIBLE:
        done = fieldkit("central", "prework", "open", *args, "--home", str(home))
        assert done.code in (1, 2) and "hint: " in done.talk and "\x1b" not in done.talk, (args, done.talk)
    assert "Nothing was opened yet" in fieldkit("central", "prework", "list", "--home", str(home)).talk
