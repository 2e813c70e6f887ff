"""`fieldkit join` as a process of its own, typed at through a pipe."""

from __future__ import annotations

import asyncio
import sys

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


async def test_nobody_at_that_address_is_one_sentence_and_a_hint() -> None:
    one = await start("http://127.0.0.1:1/K7M4", "--name", "Ana")
    _, err = await asyncio.wait_for(one.communicate(b""), 20)
    assert one.returncode == 3
    assert "does not answer" in err.decode() and "hint:" in err.decode() and "Traceback" not in err.decode()
