"""`central serve` and `sync --to URL` as processes: ready, killed, started again, asked to go."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fieldkit.station import Station
from tests.cli.kit import Done, fieldkit
from tests.sync.laptop import session
from tests.sync.served import head, new_certificate, note


class Serving:
    """`fieldkit central serve` in a process of its own."""

    def __init__(self, *args: str) -> None:
        command = [sys.executable, "-m", "fieldkit", "central", "serve", *args, "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        self.ready: dict[str, Any] = json.loads(line)

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(how)
        _, talk = self.process.communicate(timeout=20)
        return self.process.returncode, talk


class Bench:
    """One laptop with one session that is enrolled, one central, one certificate."""

    def __init__(self, folder: Path) -> None:
        self.laptop, self.office = folder / "laptop", folder / "office"
        self.cert, self.key = new_certificate(folder)
        keys = fieldkit(
            *("central", "init", "--home", str(self.office), "--org", "ld.acme.example", "--no-passphrase", "--json")
        ).document
        self.ref = asyncio.run(session(Station.open(self.laptop), ("Ann Lee", "E1")))
        note = str(folder / "enrol.note")
        words = self.run("enrol", "-o", note).document["words"]
        assert fieldkit("central", "enrol", "--home", str(self.office), note, "--words", words, "--json").code == 0
        assert self.run("trust", "accept", str(self.office / "trust.note"), "--root", keys["root"]).code == 0

    def run(self, *args: str) -> Done:
        return fieldkit(*args, "--json", home=self.laptop)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.slow
def test_served_killed_served_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ("--home", str(bench.office), "--host", "127.0.0.1", "--cert", str(bench.cert), "--key", str(bench.key))
    first = Serving(*tls, "--port", "0")
    url, port = first.ready["url"], first.ready["port"]
    assert first.ready == {"ready": True, "url": f"https://127.0.0.1:{port}", "port": port, "org": "ld.acme.example"}
    # Half a file lies there when it is killed.
    signer, digest = Station.open(bench.laptop).signer, "0" * 64
    begin = head("PUT", f"/v1/bundles/{digest}", note(signer, digest, int(time.time())), "Content-Length: 1000000")
    tls_only = ssl.create_default_context(cafile=bench.cert)
    with tls_only.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1") as line:
        line.sendall(begin + b"x" * 400_000)
        until = time.monotonic() + 10
        while not (parts := list((bench.office / "spool").glob("*.part"))) and time.monotonic() < until:
            time.sleep(0.05)
        assert first.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert len(parts) == 1
    second = Serving(*tls, "--port", str(port))
    monkeypatch.setenv("FIELDKIT_SYNC_URL", url)
    monkeypatch.setenv("FIELDKIT_SYNC_CA", str(bench.cert))
    done = bench.run("sync")
    assert done.code == 0, done.talk
    document = done.document
    assert document["sessions"] == [{"origin": bench.ref.origin, "size": 4, "result": "stored", "reason": ""}]
    assert document["receipts"] == [bench.ref.origin] and document["to"] == url
    assert "receipted" in fieldkit("sessions", home=bench.laptop).text
    done = fieldkit("sync", "--to", url, "--ca", str(bench.cert), home=bench.laptop)
    assert (done.code, done.text, done.talk) == (0, "", "There is nothing to send.\n")
    done = fieldkit("sync", "--to", url.replace("127.0.0.1", "localhost"), "--ca", str(bench.key), home=bench.laptop)
    assert done.code == 3 and "holds no certificate" in done.talk
    code, talk = second.end()
    assert code == 0 and "stored" in talk and talk.endswith("Head office has stopped.\n"), talk
    assert list((bench.office / "spool").iterdir()) == parts, "a day later it is swept"


@pytest.mark.slow
def test_behind_a_proxy_it_is_plain_http_for_this_machine_and_says_so(bench: Bench) -> None:
    served = Serving("--home", str(bench.office), "--behind-proxy", "--port", "0")
    assert served.ready["url"] == f"http://127.0.0.1:{served.ready['port']}"
    assert bench.run("sync", "--to", served.ready["url"]).code == 0
    code, talk = served.end(signal.SIGINT)
    assert code == 0 and talk.startswith("warning: This is plain http.\n")


def test_what_cannot_be_served_is_one_sentence(bench: Bench, tmp_path: Path) -> None:
    home, pair = ("--home", str(bench.office)), ("--cert", str(bench.cert), "--key", str(bench.key))
    for code, words, args in (
        (2, "A certificate and its key are needed.", home),
        (2, "A certificate and its key are needed.", (*home, *pair[:2])),
        (2, "exclude each other", (*home, *pair, "--behind-proxy")),
        (2, "not on 0.0.0.0", (*home, "--behind-proxy", "--host", "0.0.0.0")),
        (2, "not on evil.example", (*home, "--behind-proxy", "--host", "evil.example")),
        (3, "There is no central", ("--home", str(tmp_path / "none"), *pair)),
        (3, "cannot be used as certificate and key", (*home, "--cert", str(bench.key), "--key", str(bench.cert))),
        (3, "Cannot listen on 203.0.113.1", (*home, *pair, "--host", "203.0.113.1")),
        (2, "port", (*home, *pair, "--port", "70000")),
    ):
        done = fieldkit("central", "serve", *args)
        assert done.code == code and words in done.talk and "mistake" not in done.talk, (args, done.talk)


def test_where_to_is_an_address_or_a_folder(bench: Bench, tmp_path: Path) -> None:
    for code, words, args in (
        (2, "Where to?", ()),
        (2, "not an address", ("--to", "ftp://x")),
        (2, "plain http", ("--to", "http://head.example")),
        (2, "in the clear", ("--to", "http://head.example", "--plain-http", "--plain")),
        (2, "are for an address", ("--to", str(tmp_path), "--others", str(tmp_path))),
        (3, "There is no folder", ("--to", "https://127.0.0.1:1", "--others", str(tmp_path / "none"))),
    ):
        done = bench.run("sync", *args)
        assert done.code == code and words in done.talk and done.out == b"", (args, done.talk)
