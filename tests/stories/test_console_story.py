"""One evening by keys alone, in a real terminal of 80×24: a pack from beginning to end, with people who come late, a
wrong badge, a poll that was opened by mistake, an alarm, a crash; then it is ended, signed, exported, and home again.
"""

from __future__ import annotations

import csv
import io
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.fsck import walk
from fieldkit.log.read import SessionFile
from fieldkit.station import Station
from tests.stories.consoles import Console, Phone, laptop, port_of
from tests.stories.processes import run

PEOPLE = ("Ana Ruiz", "Bo Tran", "Li Wei", "Olu Adeyemi")
LATE = ("Eva Late", "Tom Later")
SECRET = "correct horse battery"
ANSWERS = {"poll-where": ("sun",), "choice-act": ("call",)}
NEXT = re.compile(r"\[space\] ([a-z ]+?)(?:   |\n|$)")


class Evening:
    """The console, and the phones that answer whatever is open."""

    def __init__(self, console: Console) -> None:
        self.console = console
        status = console.status()
        self.code, self.port = status["code"], port_of(status)
        self.phones: list[Phone] = []

    def come(self, *names: str) -> None:
        for name in names:
            phone = Phone(self.port, name)
            assert phone.join(self.code)["result"] == "accepted"
            self.phones.append(phone)

    def answer(self) -> list[str]:
        """Every phone answers everything that is open; what that was."""
        open_now: list[dict[str, Any]] = self.console.status()["open"]
        for line in open_now:
            for phone in self.phones:
                name, no = line["activity"], line["round"]
                if name in ANSWERS:
                    assert phone.answer(name, *ANSWERS[name], round=no)["result"] == "accepted"
                elif name == "ack":
                    phone.wish(kind="answer", activity=name, round=no, v=["agree"], name=phone.name)
                elif name == "prompt-easier":
                    phone.wish(kind="say", activity=name, text=f"Shade for {phone.name}")
        return [line["activity"] for line in open_now]

    def next_label(self) -> str:
        """What the next-thing key says that it does."""
        self.console.wait_for(lambda: NEXT.search(self.console.text()) is not None, what="the next key")
        found = NEXT.search(self.console.text())
        assert found is not None
        return found[1].strip()

    def press_next(self) -> str:
        """Press it and wait for its effect; what it said before."""
        label, saved = self.next_label(), self.console.status()["saved"]
        time.sleep(0.55)  # a second press at once is a slip
        self.console.press(" ")
        if label != "end the session":
            self.console.wait_for(lambda: self.console.status()["saved"] > saved, what=label)
            self.console.rests(0.3)
        return label


@pytest.mark.slow
def test_an_evening_by_keys_alone(tmp_path: Path) -> None:
    home = laptop(tmp_path, trainer="Sam Ortiz", place="Hall 2")
    stick = tmp_path / "stick"
    stick.mkdir()
    with Console(home) as console:
        console.until("START NEW FROM A PACK", "Toolbox talk: working in the heat")
        console.press("\x1b[F", "\r")  # the last pack
        console.until("Start now")
        console.press("\r")
        console.until("SAVED", "JOIN")  # three keys
        evening = Evening(console)
        evening.come(*PEOPLE)
        console.until("4 are here")
        assert evening.press_next() == "begin"
        seen = set()

        # A wrong badge is asked about, given up, and leaves nothing behind.
        console.press("b", *"Z9999", "\r")
        console.until("NAME for badge Z9999")
        console.press("\x1b", "\x1b")
        console.until("NAME for badge", gone=True)

        while "choice-act" not in (evening.answer()):
            evening.press_next()
        # The question was opened by mistake: void, and once more.
        console.press("V")
        console.until("[y]")
        console.press("y")
        console.wait_for(lambda: not console.status()["open"])
        console.press("o")
        console.wait_for(lambda: [x["round"] for x in console.status()["open"]] == [2])
        evening.come(*LATE)
        evening.answer()
        console.wait_for(lambda: console.status()["open"][0]["answered"] == 6)

        # Everybody out: the six and the trainer are called and ticked off; only `y` says that all are safe.
        console.press("!")
        console.until("0 of 7 ticked off", "NOT ACCOUNTED FOR")
        assert console.status()["state"] == "paused"
        for n in range(7):
            time.sleep(0.1)  # sooner, the same key again is one that is held down
            console.press(" ")
            console.until(f"{n + 1} of 7 ticked off")
        console.press("g")
        console.until("[y]")
        console.press("\r", " ")
        assert console.status()["state"] == "paused"
        console.press("y")
        console.wait_for(lambda: console.status()["state"] == "running")
        console.press("\x1b")
        console.until("JOIN")

        console.signal(signal.SIGKILL)
        assert console.wait() == -signal.SIGKILL

    with Console(home) as console:
        console.until("GO ON WITH", "working in the heat")
        console.press("\r")
        console.until("SAVED", "JOIN")
        evening.console = console
        assert evening.port == port_of(console.status())
        assert {x.view()["title"] for x in evening.phones} == {"Toolbox talk: working in the heat"}
        label = ""
        for _step in range(30):
            seen.update(evening.answer())
            label = evening.press_next()
            if label == "end the session":
                break
        assert label == "end the session" and {"choice-act", "prompt-easier", "ack"} <= seen
        console.until("End the session for everybody?")
        console.press("\r", " ")
        assert console.status()["state"] == "running", "only y says yes"
        console.press("y")
        console.until("STILL TO DO")

        console.press("g")
        console.until("whose key?")
        console.press("\r")
        console.until("A short name for your key")
        console.press("\x1b[F", *["\x7f"] * 12, *"9k3m", "\r")
        console.until("A passphrase for 9k3m")
        console.press(*SECRET, "\r")
        console.until("once more")
        console.press(*SECRET, "\r")
        console.until("I led this session")
        console.press("\r")
        console.until("Your name, as it is printed")
        console.press("\r")
        console.until("STILL TO DO", "Signed by Sam Ortiz, with the key 9k3m.")
        assert SECRET.encode() not in console.out

        console.press("x")
        console.until("Export a table")
        console.until("attendance", ".csv")
        console.press("\r")
        console.until("Written:")
        console.press("\x1b")
        console.until("STILL TO DO")

        console.press("y")
        console.until("another folder")
        console.press("/")
        console.until("Carry to which folder?")
        console.press(*str(stick), "\r", rest=0.01)
        console.until("six words")
        console.press("\r", "\x1b", " ")
        console.until("six words")  # they are shown once: only `y` puts them away
        console.press("y")
        console.until("six words", gone=True)
        console.press("\x1b")
        console.until("STILL TO DO")
        console.press("\x11")
        console.until("START NEW FROM A PACK", "EARLIER", "●●○○ carried")
        console.press("\x11")
        assert console.wait() == 0
        for bad in (b"Traceback", b"mistake in fieldkit"):
            assert bad not in console.out

    assert any(x.suffix == ".fkb" and x.stat().st_size for x in stick.rglob("*")), "the sealed bundle is on the stick"
    station = Station.open(home)
    (ref,) = station.sessions()
    with SessionFile.open(ref.path) as file:
        assert walk(file, [station.signer.vkey], []) == []
        kinds = [record.k for record in file.records()]
    for kind in ("activity.void", "session.pause", "session.resume", "session.close", "sign.by"):
        assert kind in kinds, kinds
    table = run("export", "last", "--what", "attendance", "--as", "csv", "-o", "-", "--data", str(home)).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert sorted(row["name"] for row in rows) == sorted((*PEOPLE, *LATE))
    came = {row["name"]: row["attendance_status"] for row in rows}
    assert came == {**dict.fromkeys(PEOPLE, "present"), **dict.fromkeys(LATE, "late")}
    (written,) = (home / "exports").glob("*attendance*.csv")
    assert written.read_text("utf-8-sig") == table.removeprefix("\ufeff")
