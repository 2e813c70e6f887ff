"""Backup and restore as docs/central.md says them: a database that serves is copied, put back beside a copy of the
folder, and serves on. What was erased since stays erased, receipts hold, and the laptops go on as before."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from fieldkit.station import Station
from tests.cli.kit import Done, fieldkit
from tests.kit import postgres
from tests.sync.laptop import session
from tests.sync.served import new_certificate
from tests.sync.test_serve_command import Serving

NAME = "Zoë Unforgotten"


class Keeping:
    """How one kind of database is made, copied while it serves, and put back."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.server = postgres.shared() if kind == "postgres" else None
        if kind == "postgres" and self.server is None:
            pytest.skip(postgres.WHY)
        self.first = self._database("first") if self.server else ""

    def _database(self, name: str) -> str:
        assert self.server is not None
        own = f"{name}{abs(hash(str(self.folder))) % 10**9}"
        self._client("createdb", own)
        return f"postgresql://fieldkit@/{own}?host={self.server.folder}"

    def _client(self, program: str, *args: str) -> None:
        assert self.server is not None
        run = [str(self.server.binaries / program), "-h", str(self.server.folder), "-U", "fieldkit", *args]
        subprocess.run(run, check=True, capture_output=True)

    def back_up(self, home: Path, to: Path) -> None:
        """The folder and the database, while both are in use."""
        shutil.copytree(home, to, ignore=shutil.ignore_patterns("central.db*", "*.lock"))
        if self.server is None:
            with (
                closing(sqlite3.connect(home / "central.db")) as live,
                closing(sqlite3.connect(to / "central.db")) as copy,
            ):
                live.backup(copy)
        else:
            self._client("pg_dump", "-Fc", "-f", str(to / "office.dump"), _name(self.first))

    def put_back(self, copy: Path, home: Path, erased: Path) -> None:
        """The copy in place of what was lost, with the newest `erased.notes`."""
        shutil.copytree(copy, home, ignore=shutil.ignore_patterns("office.dump"))
        shutil.copy(erased, home / "erased.notes")
        if self.server is not None:
            second = self._database("second")
            self._client("pg_restore", "-d", _name(second), str(copy / "office.dump"))
            settings = home / "central.toml"
            settings.write_text(settings.read_text("utf-8").replace(_name(self.first), _name(second)), "utf-8")

    def raw(self, home: Path) -> bytes:
        if self.server is None:
            return b"".join(one.read_bytes() for one in home.glob("central.db*"))
        line = next(one for one in (home / "central.toml").read_text("utf-8").splitlines() if "database" in one)
        return postgres.contents(line.split('"')[1])


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_was_backed_up_while_it_served_serves_on(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDKIT_SYNC_CA", str(new_certificate(tmp_path)[0]))
    keeping = Keeping(kind, tmp_path)
    home, copy, again, laptop = (tmp_path / name for name in ("office", "copy", "again", "laptop"))
    where = ["--database", keeping.first] if keeping.first else []
    keys = central("init", home, "--org", "ld.acme.example", "--no-passphrase", *where, "--json").document
    asyncio.run(session(Station.open(laptop), ("Ann Lee", "E1"), (NAME, "E2")))
    enrol = str(tmp_path / "enrol.note")
    words = fieldkit("enrol", "-o", enrol, "--json", home=laptop).document["words"]
    assert central("enrol", home, enrol, "--words", words).code == 0
    assert fieldkit("trust", "accept", str(home / "trust.note"), "--root", keys["root"], home=laptop).code == 0

    stick = tmp_path / "stick"
    stick.mkdir()
    serving = serve(tmp_path, home)
    try:
        assert fieldkit("sync", "--to", str(stick), "--json", home=laptop).code == 0
        said = sync(laptop, serving)
        assert [one["result"] for one in said["sessions"]] == ["stored"] and len(said["receipts"]) == 1
        keeping.back_up(home, copy)
        assert NAME.encode() in keeping.raw(home)
        assert central("erase", home, "all", "--person", "E2", "--why", "request").code == 0
    finally:
        serving.end(signal.SIGKILL)  # the machine is gone
    keeping.put_back(copy, again, home / "erased.notes")
    home.rename(tmp_path / "gone")

    serving = serve(tmp_path, again)
    try:
        assert central("findings", again).code == 0
        assert NAME.encode() not in keeping.raw(again), "what was erased since is erased before anybody reads"
        old = central("ingest", again, str(stick), "--receipts", str(tmp_path / "r.note"), "--json")
        assert [one["result"] for one in old.document["sessions"]] == ["already"]
        assert NAME.encode() not in keeping.raw(again), "nor does an old stick bring it back"
        verdicts = fieldkit(
            "verify", str(again / "trust.note"), str(tmp_path / "r.note"), "--root", keys["root"], "--json"
        )
        assert {one["verdict"] for one in verdicts.document} == {"verified"}, verdicts.text
        asyncio.run(session(Station.open(laptop), ("Bo", "E3")))
        said = sync(laptop, serving)
        new = [one["result"] for one in said["sessions"]]
        assert "stored" in new and set(new) <= {"stored", "already"}, "the laptop goes on; no head has forked"
        found = central("findings", again, "--json").document["findings"]
        assert not [one for one in found if one["code"] in ("fork", "tail-cut", "prev-differs", "duplicate-seq", "gap")]
    finally:
        assert serving.end()[0] == 0


def central(verb: str, home: Path, *args: str) -> Done:
    done = fieldkit("central", verb, *args, "--home", str(home))
    assert done.code in (0, 1), done.talk
    return done


def serve(folder: Path, home: Path) -> Serving:
    tls = ("--host", "127.0.0.1", "--port", "0", "--cert", str(folder / "head.pem"), "--key", str(folder / "head.key"))
    return Serving("--home", str(home), *tls)


def sync(laptop: Path, serving: Serving) -> dict[str, list[dict[str, str]]]:
    done = fieldkit("sync", "--to", serving.ready["url"], "--json", home=laptop)
    assert done.code == 0, done.talk
    said: dict[str, list[dict[str, str]]] = json.loads(done.out)
    return said
