"""`fieldkit ctl` against what may be at the other end: a session, nothing, another program, a stopped process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fieldkit.cli import wire
from fieldkit.core.records import ActivityExtended
from fieldkit.log.read import SessionFile
from fieldkit.station import Station
from tests.cli.kit import Done, fieldkit
from tests.house.tree import ROOT
from tests.stories.processes import Host

TOKEN = "t" * 43


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    """Another program on the port, which answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def control(home: Path, port: int, pid: int | None = None, token: str = TOKEN) -> None:
    home.mkdir(exist_ok=True)
    where = {"port": port, "token": token, "pid": os.getpid() if pid is None else pid}
    (home / "control.json").write_text(json.dumps(where))


def told(done: Done) -> Done:
    """One sentence; no `None`, no traceback."""
    assert done.code and "Traceback" not in done.talk and "mistake in fieldkit" not in done.talk, done
    assert "None" not in done.text + done.talk and done.talk.strip()
    return done


def gone() -> int:
    """The id of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


FOREIGN = [
    b"",
    b"hello",
    b"{}",
    b"[]",
    b"\xff",
    b"[" * 100_000,
    b'{"ok":true}',
    b'{"session":"x"}',
    b'{"session":"x","title":"x","state":1,"code":"x","fresh":"x","saved":1,"people":{},"open":[]}',
]


@pytest.mark.parametrize("body", FOREIGN, ids=lambda body: body[:20].decode("latin-1"))
def test_another_program_on_the_port_is_known_as_one(tmp_path: Path, body: bytes) -> None:
    for status in (200, 404):
        with answering(status, body) as port:
            control(tmp_path, port)
            for args in (("status",), ("status", "--json"), ("next",), ("next", "--json")):
                done = told(fieldkit("ctl", *args, home=tmp_path))
                assert (done.code, done.out) == (3, b"") and f"port {port} is not a session" in done.talk


@pytest.mark.parametrize("args", [("status",), ("next",)])
@pytest.mark.parametrize("exit_", [0, 1, 3, 999])
def test_an_error_is_never_a_success(tmp_path: Path, args: tuple[str, ...], exit_: int) -> None:
    """Also for a program that asks for JSON, whatever the answer says of itself."""
    with answering(401, json.dumps({"result": "error", "words": "No.", "exit": exit_}).encode()) as port:
        control(tmp_path, port)
        wanted = 3 if exit_ == 3 else 1
        assert fieldkit("ctl", *args, home=tmp_path).talk == "No.\n"
        done = fieldkit("ctl", *args, "--json", home=tmp_path)
        assert (done.code, done.document["result"]) == (wanted, "error")


def test_a_host_that_was_killed_is_not_running(tmp_path: Path) -> None:
    """Its control.json is left over; its process is gone, or the port closed."""
    with answering(200, b"{}") as port:
        control(tmp_path, port, gone())
        done = told(fieldkit("ctl", "status", home=tmp_path))
        assert done.code == 3 and "without saying goodbye" in done.talk
    control(tmp_path, port)
    assert "without saying goodbye" in told(fieldkit("ctl", "status", "--json", home=tmp_path)).talk


BAD_FILES = [
    b"",
    b"\xff\x00",
    b"[]",
    b"{" * 9_000,
    b'{"port":1,"token":"' + b"t" * 43 + b'","pid":1}' + b" " * 9_000,
    b'{"port":0,"token":"tttttttttttttttttttttttt","pid":1}',
    b'{"port":99999,"token":"tttttttttttttttttttttttt","pid":1}',
    b'{"port":1,"token":"tttttttttttttttttttttttt","pid":0}',
    b'{"port":1,"token":"tttttttttttttttttttttttt","pid":99999999999999999999}',
    b'{"port":1,"token":"a\\r\\nX-Evil: 1tttttttttttt","pid":1}',
]


@pytest.mark.parametrize("raw", BAD_FILES, ids=lambda raw: raw[:30].decode("latin-1"))
def test_a_control_file_that_is_none_is_said_to_be(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "control.json").write_bytes(raw)
    done = told(fieldkit("ctl", "status", home=tmp_path))
    assert done.code == 3 and "is not what a running session writes" in done.talk


def test_a_control_file_that_is_no_file_is_never_opened(tmp_path: Path) -> None:
    for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        make(home / "control.json")
        assert "is not what a running session" in told(fieldkit("ctl", "status", home=home)).talk
    assert "No session is running" in told(fieldkit("ctl", "status", home=tmp_path)).talk


@pytest.mark.slow
def test_a_running_session_answers_and_a_stopped_one_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real host: its status, an order that is too long, SIGSTOP, and the kill that leaves control.json behind."""
    home = tmp_path / "data"
    with Host(home, str(ROOT / "content_packs" / "toolbox-blank")) as host:
        shown = fieldkit("ctl", "status", home=home)
        assert shown.code == 0 and "None" not in shown.text and shown.text.startswith("Toolbox talk")
        assert fieldkit("ctl", "status", "--json", home=home).document["session"] == host.ready["session"]
        assert fieldkit("ctl", "note", "all well", home=home).code == 0
        long = told(fieldkit("ctl", "note", "é" * 40_000, home=home))
        assert long.code == 2 and "too long" in long.talk
        os.kill(host.process.pid, signal.SIGSTOP)
        monkeypatch.setattr(wire, "WAIT_S", 0.5)
        try:
            for args in (("status",), ("next", "--json")):
                done = told(fieldkit("ctl", *args, home=home))
                assert done.code == 3 and "does not answer" in done.talk
        finally:
            os.kill(host.process.pid, signal.SIGCONT)
        host.kill()
        assert (home / "control.json").exists()
        done = told(fieldkit("ctl", "status", home=home))
        assert done.code == 3 and "without saying goodbye" in done.talk


@pytest.mark.slow
def test_an_alarm_is_raised_called_and_ended_from_another_terminal(tmp_path: Path) -> None:
    """A plain pause ends with a plain `resume`; an alarm only with --all-safe, and survives the program's own end."""
    home = tmp_path / "data"
    pack = str(ROOT / "content_packs" / "toolbox-blank")
    with Host(home, pack, "--facilitator", "Sam Ortiz") as host:
        assert fieldkit("ctl", "checkin", "E7", "Ann Lee", home=home).code == 0
        assert fieldkit("ctl", "tick", "E7", home=home).code != 0
        assert [fieldkit("ctl", x, home=home).code for x in ("pause", "resume", "alarm")] == [0, 0, 0]
        assert "ALARM   2 of 2 not accounted for: Sam Ortiz, Ann Lee" in fieldkit("ctl", "status", home=home).text
        ticked = fieldkit("ctl", "tick", "E7", home=home)
        assert ticked.code == 0 and "1 of 2 not accounted for" in ticked.talk
        refused = told(fieldkit("ctl", "resume", home=home))
        assert "An alarm is on." in refused.talk and "(Sam Ortiz)" in refused.talk and "--all-safe" in refused.talk
        assert "An alarm is on." in told(fieldkit("ctl", "end", home=home)).talk
        host.kill()
    with Host(home, pack):
        alarm = fieldkit("ctl", "status", "--json", home=home).document["alarm"]
        assert (alarm["present"], alarm["missing"]) == (2, ["Sam Ortiz", "Ann Lee"])
        assert fieldkit("ctl", "resume", "--all-safe", home=home).code == 0
        assert fieldkit("ctl", "status", "--json", home=home).document["alarm"] is None
        assert told(fieldkit("ctl", "pause", "--all-safe", home=home)).code == 2


@pytest.mark.slow
def test_a_question_gets_more_time_from_another_terminal(tmp_path: Path) -> None:
    """It counts down, counts down longer, and not at all; what has closed gets none. The log keeps each step."""
    home = tmp_path / "data"
    pack = str(ROOT / "content_packs" / "toolbox-blank")

    def left() -> int | None:
        found: int | None = fieldkit("ctl", "status", "--json", home=home).document["open"][0]["left_ms"]
        return found

    with Host(home, pack) as host:
        assert "Nothing is open." in told(fieldkit("ctl", "extend", "30", home=home)).talk
        assert fieldkit("ctl", "ask", "Ready?", "Yes", "No", home=home).code == 0
        assert left() is None
        assert fieldkit("ctl", "extend", "100", home=home).code == 0
        assert 40_000 < (left() or 0) <= 100_000
        assert fieldkit("ctl", "extend", "spot-1", "30", home=home).code == 0
        assert 70_000 < (left() or 0) <= 130_000
        wrong = told(fieldkit("ctl", "extend", "soon", home=home))
        assert wrong.code == 2 and "'soon' is no number." in wrong.talk
        assert fieldkit("ctl", "extend", "off", home=home).code == 0 and left() is None
        assert fieldkit("ctl", "close", home=home).code == 0
        late = told(fieldkit("ctl", "extend", "spot-1", "30", home=home))
        assert late.code != 0 and "It is closed. Open it again first." in late.talk
        assert host.stop() == 0
    (ref,) = Station.open(home).sessions()
    with SessionFile.open(ref.path) as file:
        facts = [file.record(i).fact for i in range(ref.size)]
    assert [bool(x.until) for x in facts if isinstance(x, ActivityExtended)] == [True, True, False]
