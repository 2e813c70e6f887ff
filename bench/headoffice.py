"""Head office as docs/central.md starts it: `fieldkit central …` as processes, spoken to over TLS and by folders."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import os
import re
import signal
import ssl
import sys
import urllib.parse
import urllib.request
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fieldkit.log.keys import Signer, six_words
from fieldkit.log.trust import enrol_note
from fieldkit.sync.central.home import Home

FIELDKIT = (sys.executable, "-m", "fieldkit")
READY_S = 60.0
WORD = "four quiet words here"


class Wrong(RuntimeError):
    """A command that did not do what the guide says of it."""


def environment() -> dict[str, str]:
    """Without settings of whoever runs this."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")}, "NO_COLOR": "1"}


async def fieldkit(*words: str, ok: tuple[int, ...] = (0,)) -> str:
    """One command to its end; what it wrote to standard output. Raises Wrong."""
    process = await asyncio.create_subprocess_exec(*FIELDKIT, *words, stdout=PIPE, stderr=PIPE, env=environment())
    out, said = await process.communicate()
    if process.returncode not in ok or b"Traceback" in said:
        raise Wrong(f"fieldkit {' '.join(words)} → {process.returncode}\n{out.decode()}\n{said.decode()}")
    return out.decode()


class Running:
    """A command that goes on until it is asked to leave: `serve`, or `ingest --watch`."""

    def __init__(self, process: Process, ready: dict[str, Any]) -> None:
        self.process, self.ready = process, ready
        self.lines: list[dict[str, Any]] = []
        self.came = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def begin(cls, log: Path, *words: str) -> Self:
        """Ready when it returns; what it says on standard error goes to `log`. Raises Wrong."""
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *FIELDKIT, *words, "--json", stdout=PIPE, stderr=errors, env=environment(), limit=1 << 24
            )
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), READY_S)
        if not line:
            raise Wrong(f"fieldkit {' '.join(words)} did not begin:\n{log.read_text('utf-8')}")
        return cls(process, json.loads(line))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            async with self.came:
                self.lines.append(json.loads(line))
                self.came.notify_all()

    async def told(self, files: set[str], seconds: float) -> None:
        """Until it has said what became of each of these files. Raises TimeoutError."""

        def all_of_them() -> bool:
            return files <= {one["file"] for one in self.lines if "file" in one}

        async with self.came:
            await asyncio.wait_for(self.came.wait_for(all_of_them), seconds)

    async def kill(self) -> None:
        """The power goes."""
        self.process.kill()
        await self._gone()

    async def stop(self) -> int:
        """SIGTERM: what is under way is finished. The exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self._gone()

    async def _gone(self) -> int:
        try:
            code = await asyncio.wait_for(self.process.wait(), 60)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
        await self._reading
        return code


class HeadOffice:
    """One head office in `folder`/hq. Use as a context manager: what runs is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "hq"
        self.log = folder / "serve.err"
        self.cert, self.key = folder / "head.pem", folder / "head.key"
        self.port = 0
        self.running: list[Running] = []

    @classmethod
    async def make(cls, folder: Path, org: str, database: str = "") -> Self:
        """`central init`, and a certificate of its own making."""
        from tests.sync.served import new_certificate  # late: a bench that only measures needs no tests

        made = cls(folder)
        where = ("--database", database) if database else ()
        await fieldkit("central", "init", "--home", str(made.path), "--org", org, "--no-passphrase", *where)
        new_certificate(folder)
        return made

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        for one in self.running:
            if one.process.returncode is None:
                await (one.kill() if kind else one.stop())

    @property
    def home(self) -> Home:
        return Home.open(self.path)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def central(self, verb: str, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """`fieldkit central VERB --home …`."""
        return await fieldkit("central", *verb.split(), *words, "--home", str(self.path), ok=ok)

    async def json(self, verb: str, *words: str, ok: tuple[int, ...] = (0,)) -> Any:
        return json.loads(await self.central(verb, *words, "--json", ok=ok))

    async def enrol(self, laptop: Signer, made: int) -> None:
        """Its note by any way, its six words on the telephone."""
        note = self.folder / f"{laptop.name.rpartition('/')[2]}.note"
        note.write_bytes(enrol_note(laptop, made))
        await self.central("enrol", str(note), "--words", six_words(laptop.vkey))

    async def add_trainer(self, trainer: Signer) -> None:
        await self.central("trust add", str(trainer.vkey), "--words", six_words(trainer.vkey))

    async def serve(self) -> Running:
        """On the network; once begun, always on the same port."""
        tls = ("--cert", str(self.cert), "--key", str(self.key))
        where = ("--home", str(self.path), "--host", "127.0.0.1", "--port", str(self.port))
        self.running.append(await Running.begin(self.log, "central", "serve", *where, *tls))
        self.port = self.running[-1].ready["port"]
        return self.running[-1]

    async def watch(self, folder: Path) -> Running:
        words = ("ingest", "--home", str(self.path), str(folder), "--watch", "--every", "0.2", "--beside")
        self.running.append(await Running.begin(self.log, "central", *words))
        return self.running[-1]

    async def account(self, name: str, role: str, *sites: str) -> Visitor:
        """An account whose owner has chosen a password of their own; logged out."""
        made = await self.json("account add", name, "--role", role, *(x for one in sites for x in ("--site", one)))

        def first() -> Visitor:
            visitor = Visitor(self.url, self.cert, name)
            visitor.log_in(made["password"])
            form = visitor.form("/account")
            visitor.post("/account", form=form, old=made["password"], new=WORD, again=WORD, name=name)
            return Visitor(self.url, self.cert, name)

        return await asyncio.to_thread(first)


class Visitor:
    """Somebody with a browser without script: cookies are kept, forms are filled in."""

    def __init__(self, url: str, cert: Path, name: str) -> None:
        self.url, self.name = url, name
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cert))
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure, jar)

    def raw(self, path: str) -> bytes:
        """Raises OSError (HTTPError) when it is not given."""
        with self.opener.open(self.url + path, timeout=120) as answer:
            found: bytes = answer.read()
            return found

    def get(self, path: str) -> str:
        return self.raw(path).decode()

    def form(self, path: str) -> str:
        """What the forms of this page carry."""
        found = re.search(r'name="form" value="([0-9a-f]+)"', self.get(path))
        if found is None:
            raise Wrong(f"there is no form on {path}")
        return found[1]

    def post(self, path: str, **fields: str) -> str:
        """The page that it leads to."""
        body = urllib.parse.urlencode(fields).encode()
        with self.opener.open(self.url + path, body, timeout=120) as answer:
            text: bytes = answer.read()
            return text.decode()

    def log_in(self, word: str = WORD) -> str:
        return self.post("/login", form=self.form("/login"), name=self.name, password=word, to="")
