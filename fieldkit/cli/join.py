"""`fieldkit discover` lists the sessions on this network; `fieldkit join` takes part from a terminal.

A kiosk box, a rugged handheld or an SSH session is a participant like any phone: the same HTTP API, the same
intents, the same refusals. Lines come from standard input, so a script can take part as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import emit, refuse, say, warn
from fieldkit.errors import FieldkitError, NotPossible

if TYPE_CHECKING:
    from fieldkit.core.views import SeatView
    from fieldkit.lan.announce import Found
    from fieldkit.lan.client import Client, Reply
    from fieldkit.words import Words

POLL_S = 3.0


def discover(
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=60, help="How long to listen.")] = 3.0,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """List the sessions on this network.

    Example: fieldkit discover --json
    """
    found = asyncio.run(look(seconds, json))
    if not found:
        refuse(
            "No session answered on this network.",
            "Use the address on the trainer's screen: fieldkit join http://192.168.43.17/K7M4",
        )
        return 1
    return 0


async def look(seconds: float, json: bool) -> list[Found]:
    """Lines as sessions are heard; with `json` at the end, when it is known which of them look alike."""
    from fieldkit.lan import announce
    from fieldkit.lan.alike import twins

    def show(one: Found) -> None:
        if not json:
            put(f"{one.title}  {one.url}  {one.sid}")

    try:
        found = await announce.discover(seconds, show)
        alike = twins(found)
        for n, one in enumerate(found):
            if json:
                said = {"title": one.title, "url": one.url, "sid": one.sid, "fp": one.fingerprint, "lang": one.lang}
                emit({**said, "alike": n in alike})
        if alike and not json:
            urls = ", ".join(found[n].url for n in sorted(alike))
            warn(
                f"These could be taken for one another: {urls}.",
                "Compare the address and code on the trainer's screen.",
            )
        return found
    except OSError as error:
        raise FieldkitError(
            f"This network does not let us listen ({error.strerror or error}).",
            "Use the address on the trainer's screen instead.",
        ) from error


def join(
    url: Annotated[str, typer.Argument(metavar="[URL]", help="The address on the trainer's screen.")] = "",
    code: Annotated[str, typer.Option("--code", help="Room code; else from the address, or asked for.")] = "",
    name: Annotated[str, typer.Option("--name", help="Your name; else asked for.")] = "",
    badge: Annotated[str, typer.Option("--badge", help="Your badge number, if you have one.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="Language of questions and words.")] = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Take part from a terminal. Without an address the only session on this network is taken.

    Example: fieldkit join http://192.168.43.17/K7M4 --name "Ana Ruiz"
    """
    with contextlib.suppress(BrokenPipeError):
        return asyncio.run(Terminal(lang, json).run(url, code, name, badge))
    return 0


class Lines:
    """Standard input, a line at a time, without stopping the loop. A thread reads: pipes and terminals alike."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            with contextlib.suppress(RuntimeError, ValueError, OSError):  # the loop has gone: so have we
                for line in sys.stdin:
                    loop.call_soon_threadsafe(self._queue.put_nowait, line)
                loop.call_soon_threadsafe(self._queue.put_nowait, None)

        threading.Thread(target=read, daemon=True, name="stdin").start()

    async def next(self) -> str | None:
        """The next line, None at the end of input."""
        return await self._queue.get()


class Terminal:
    """One participant at a keyboard."""

    def __init__(self, lang: str, json: bool) -> None:
        from fieldkit.words import words_for

        self.words: Words = words_for(lang)
        self.lang = lang
        self.json = json
        self.shown: list[str] = []
        self.view: SeatView | None = None

    async def run(self, url: str, code: str, name: str, badge: str) -> int:
        from fieldkit.lan.client import Client, split_invite

        lines = Lines()
        if not url:
            url = await self.find(lines)
        base, in_url = split_invite(url)
        async with Client(base, wait=0.5, tries=2) as client:
            if not await self.come_in(client, lines, code or in_url, name, badge):
                return 1
            client.tries = 20  # once in, what was typed is worth waiting for
            watching = asyncio.create_task(self.watch(client))
            try:
                return await self.obey(client, lines, watching)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)

    async def find(self, lines: Lines) -> str:
        """The session to join when no address was given: the only one, or the one that is chosen."""
        from fieldkit.lan import announce
        from fieldkit.lan.alike import twins

        try:
            found = await announce.discover(2.5)
        except OSError:
            found = []
        if not found:
            raise NotPossible(
                "No session answered on this network.", "Type its address: fieldkit join http://192.168.43.17/K7M4"
            )
        if len(found) == 1:
            say(f"{found[0].title}  {found[0].url}")
            return found[0].url
        alike = twins(found)
        for n, one in enumerate(found, 1):
            put(f"{n}  {one.title}  {one.url}" + ("  (same name: compare the address)" if n - 1 in alike else ""))
        choice = (await self.ask(lines, "Which one? Type its number:")).strip()
        if not (choice.isascii() and choice.isdigit() and 1 <= int(choice[:4]) <= len(found)):
            raise NotPossible("That is not one of them.", "Type the number in front of it.")
        return found[int(choice[:4]) - 1].url

    async def ask(self, lines: Lines, question: str) -> str:
        put(self.words.say(question))
        line = await lines.next()
        if line is None:
            raise NotPossible("The input ended before you were in.", "Give --code and --name.")
        return line.strip()

    async def come_in(self, client: Client, lines: Lines, code: str, name: str, badge: str) -> bool:
        """Join; what is missing or refused is asked for, three times at most."""
        fresh = ""
        for _ in range(4):
            code = code or await self.ask(lines, "Room code")
            if not name and not badge:
                name = await self.ask(lines, "Your name")
            reply = await client.join(code, name, badge or None, lang=self.lang or None, fresh=fresh or None)
            if reply.ok:
                self.tell(reply)
                return True
            self.tell(reply)
            if reply.reason == "wrong-code":
                code = ""
            elif reply.reason == "fresh-needed":
                fresh = await self.ask(lines, "Three digits on the trainer's screen")
            elif reply.reason == "name-missing":
                name = ""
            else:
                return False
        return False

    async def watch(self, client: Client) -> None:
        """Show every change until the session ends; the stream tells when, polling takes over without it."""
        while True:
            await self.refresh(client)
            if self.view is not None and self.view.state == "bye" and self.view.ended:
                return
            try:
                async for kind, _ in client.events():
                    if kind == "message":
                        await self.refresh(client)
                        if self.view is not None and self.view.ended:
                            return
            except Exception:  # noqa: BLE001 - whatever broke the stream, polling goes on
                await asyncio.sleep(POLL_S)
            await asyncio.sleep(0.2)

    async def refresh(self, client: Client) -> None:
        from fieldkit.cli.join_text import lines_of
        from fieldkit.lan.client import NotReached
        from fieldkit.words import words_for

        try:
            view = await client.view()
        except NotReached as lost:
            self.show([self.words.say("Not connected to the trainer's laptop."), lost.hint])
            return
        self.view = view
        self.words = words_for(self.lang or view.lang)
        if self.json:
            emit(msgspec_dict(view))
        else:
            self.show(lines_of(view, self.words))

    def show(self, lines: list[str]) -> None:
        """Print unless it is what stands there already; a count that moved alone is no news either."""
        if lines != self.shown:
            self.shown = lines
            put("\n".join(["", *lines]))

    def tell(self, reply: Reply) -> None:
        if self.json:
            emit({"result": reply.result, "reason": reply.reason, "words": reply.words, "saved": reply.saved})
        elif reply.ok:
            put(f"✓ {self.words.say('saved')}" + (f" #{reply.saved}" if reply.saved is not None else ""))
        else:
            put(f"✕ {reply.words or reply.reason}")

    async def obey(self, client: Client, lines: Lines, watching: asyncio.Task[None]) -> int:
        """Take typed lines until the session ends or the input does."""
        while True:
            typed = asyncio.ensure_future(lines.next())
            await asyncio.wait({typed, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not typed.done():
                typed.cancel()
                return 0
            line = typed.result()
            if line is None:
                # A script that said all it had to say still sees the end; a closed terminal does not wait.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(watching), 1.0)
                return 0
            if not await self.one(client, line):
                return 0

    async def one(self, client: Client, line: str) -> bool:
        """One typed line; False when it says goodbye."""
        from fieldkit.cli.join_read import HELP, read_line

        if self.view is None:
            self.view = await client.view()
        wish = read_line(line, self.view)
        if wish is None:
            return True
        if isinstance(wish, str):
            put(self.words.say(wish))
        elif wish.kind == "quit":
            return False
        elif wish.kind == "help":
            put(HELP)
        elif wish.kind == "receipt":
            put(await client.receipt())
        else:
            reply = await client.send(wish.kind, **wish.fields)
            self.tell(reply)
            if reply.ok and wish.kind == "leave":
                return False
            await self.refresh(client)
        return True


def msgspec_dict(view: SeatView) -> object:
    import msgspec

    return msgspec.to_builtins(view)


commands = {"discover": discover, "join": join}
