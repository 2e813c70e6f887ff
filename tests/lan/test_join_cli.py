"""`fieldkit join` as a process of its own, typed at through a pipe."""

from __future__ import annotations

import asyncio
import sys

import pytest

from fieldkit.core import intents as w
from tests.lan.conftest import CODE, Room


async def start(*args: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fieldkit", "join", *args, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def until(process: asyncio.subprocess.Process, text: str) -> str:
    """Read standard output until this text comes."""
    assert process.stdout is not None
    got = ""
    async with asyncio.timeout(15):
        while text not in got:
            line = await process.stdout.readline()
            assert line, got
            got += line.decode()
    return got


async def test_a_worker_at_a_terminal_takes_part_until_the_goodbye(room: Room) -> None:
    one = await start(f"{room.url}/{CODE}", "--lang", "es")
    assert one.stdin is not None
    await until(one, "Su nombre")
    one.stdin.write(b"Ana [/] Ruiz\x1b[2J\n")
    got = await until(one, "empiece.")
    assert "Ya está dentro, Ana [/] Ruiz" in got and "\x1b" not in got
    await room.open("c1")
    await until(one, "Escriba una letra.")
    one.stdin.write(b"z\n")
    await until(one, "Esa no es una de las opciones.")
    one.stdin.write(b"b\n")
    await until(one, "guardado #")
    assert room.desk.session.runs["c1"][0].counts == {"b": 1}
    await room.do(w.End())
    await until(one, "Minutos: 0")
    assert await asyncio.wait_for(one.wait(), 5) == 0


async def test_a_wrong_code_asks_again_and_the_end_of_input_ends_it_with_a_sentence(room: Room) -> None:
    one = await start(f"{room.url}/2222", "--name", "Ana")
    out, err = await asyncio.wait_for(one.communicate(b""), 15)
    assert one.returncode == 1
    assert "That room code is not the one" in out.decode()
    assert "hint:" in err.decode() and "Traceback" not in err.decode()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\n<h1>no</h1>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}',
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
    ids=["page", "nothing", "other-json", "no-http"],
)
async def test_something_else_at_that_address_is_one_sentence_and_a_hint(answer: bytes) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        one = await start(f"http://127.0.0.1:{port}/K7M4", "--name", "Ana")
        _, err = await asyncio.wait_for(one.communicate(b""), 20)
    assert one.returncode == 3
    sentence, hint, *rest = err.decode().splitlines()
    assert sentence == f"What answers at http://127.0.0.1:{port} is not a fieldkit session."
    assert hint.startswith("hint: ") and not rest


async def test_nobody_at_that_address_is_one_sentence_and_a_hint() -> None:
    one = await start("http://127.0.0.1:1/K7M4", "--name", "Ana")
    _, err = await asyncio.wait_for(one.communicate(b""), 20)
    assert one.returncode == 3
    assert "does not answer" in err.decode() and "hint:" in err.decode() and "Traceback" not in err.decode()
