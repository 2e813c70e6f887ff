"""Two laptops as two processes: attached, helping, killed, back again. Every step as a user does it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fieldkit.core.records import Record, fields_of
from fieldkit.log.read import SessionFile
from tests.stories.processes import FIELDKIT, Host, environment, json_of, run

WAIT_S = 60.0


class Attached:
    """`fieldkit attach … --lines --json` as a process."""

    def __init__(self, home: Path, address: str, words: str, name: str = "Kim Lee") -> None:
        args = ["attach", address, "--words", words, "--name", name, "--lines", "--json", "--data", str(home)]
        self.process = subprocess.Popen(
            [*FIELDKIT, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
            bufsize=1,
        )

    def read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        return json.loads(line)

    def do(self, verb: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(verb + "\n")
        return self.read()

    def until(self, true: Callable[[Any], bool]) -> Any:
        """Ask how it stands until it stands so."""
        end = time.monotonic() + WAIT_S
        while not true(found := self.do("status")):
            assert time.monotonic() < end, found
            time.sleep(0.1)
        return found

    def leave(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(30)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code

    def __enter__(self) -> Attached:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.wait()


def asking(host: Host) -> Any:
    """The one laptop that asks to be let in."""
    end = time.monotonic() + WAIT_S
    while not (found := host.ctl("status")["consoles"]["attach"]["asking"]):
        assert time.monotonic() < end, "nobody asks"
        time.sleep(0.1)
    (one,) = found
    return one


def records(home: Path) -> list[Record]:
    """What is on the trainer's disk."""
    (path,) = (home / "sessions").glob("*.db")
    with SessionFile.open(path) as file:
        return file.records()


def test_a_helper_attaches_helps_and_comes_back_after_the_power_went(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    words_of_far = json_of("key", "show", "--data", str(far), ok=(0,))["device"]["words"]
    with Host(near, "loto-basics") as host:
        assert host.ctl("status")["consoles"]["attach"]["on"] is False
        on = host.ctl("attach", "0")
        words = host.ctl("status")["consoles"]["attach"]["words"]
        assert words in on["words"]
        host.ctl("checkin", "E1", "Ann")
        with Attached(far, on["url"], words) as helper:
            one = asking(host)
            assert (one["name"], one["words"]) == ("Kim Lee", words_of_far)
            let_in = host.ctl("let-in", str(one["no"]), "helper")
            told = helper.read()
            assert (told["attached"], told["no"], told["role"]) == (True, let_in["saved"], "helper")
            assert helper.do("mark E1 excused")["result"] == "accepted"
            checked = helper.do("checkin E2 Bo Tran")
            assert checked["result"] == "accepted"
            refused = helper.do("next")
            assert (refused["result"], refused["reason"]) == ("refused", "not-your-role")
            assert helper.do("kiosk")["result"] == "error"
            assert host.ctl("status")["people"]["present"] == 2
            host.ctl("next")
            assert helper.until(lambda x: x["saved"] >= checked["saved"] + 1)["present"] == 2
            state = host.ctl("status")["consoles"]["attach"]["attached"]
            assert state == [{"no": let_in["saved"], "role": "helper", "name": "Kim Lee", "live": True}]
            host.kill()
            helper.until(lambda x: bool(x["trouble"]))
            with Host(near, "loto-basics") as again:
                state = again.ctl("status")["consoles"]["attach"]
                assert (state["on"], [x["live"] for x in state["attached"]]) == (False, [False])
                again.ctl("attach", on["url"].rpartition(":")[2])
                assert helper.wait() == 1  # new words: it does not speak to whoever answers there
                fresh = again.ctl("status")["consoles"]["attach"]
                assert fresh["words"] != words
                stale = run(
                    "attach", fresh["address"], "--words", words, "--name", "K", "--lines", "--data", str(far), ok=(1,)
                )
                assert "nothing was sent" in stale.stderr
                with Attached(far, fresh["address"], fresh["words"]) as back:
                    assert back.read()["no"] == let_in["saved"]  # the log knows this laptop: nobody is asked again
                    assert back.do("checkout E2")["result"] == "accepted"
                    again.ctl("throw-out", str(let_in["saved"]))
                    assert back.wait() == 1
                again.ctl("end")
                again.wait()
    from_far = {x.i: x.k for x in records(near) if fields_of(x.fact).get("co") == let_in["saved"]}
    assert list(from_far.values()) == ["att.mark", "person.join", "att.out"]
    run("fsck", "--data", str(near))
