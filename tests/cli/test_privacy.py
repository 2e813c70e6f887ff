"""Policy, purge and what the lists say afterwards, by the commands alone: head office, a stick, a laptop."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldkit.cli.compiled import compile_for
from fieldkit.core import records as r
from fieldkit.core.intents import Expect
from fieldkit.core.records import Draft
from fieldkit.seats import new_participant
from fieldkit.station import Setup, Station
from tests.cli.kit import Done, fieldkit
from tests.house.tree import ROOT
from tests.sync.laptop import more

NAME = "Ann [/] Lee"


class Bench:
    def __init__(self, folder: Path) -> None:
        self.laptop, self.office, self.stick = folder / "laptop", folder / "office", folder / "stick"
        self.stick.mkdir()
        root = self.central("init", "--org", "ld.acme.example", "--no-passphrase", "--json").document["root"]
        note = str(self.stick / "enrol.note")
        words = self.run("enrol", "-o", note, "--json").document["words"]
        assert self.central("enrol", note, "--words", words).code == 0
        assert self.run("trust", "accept", str(self.office / "trust.note"), "--root", root).code == 0

    def run(self, *args: str) -> Done:
        return fieldkit(*args, home=self.laptop)

    def central(self, verb: str, *args: str) -> Done:
        return fieldkit("central", verb, *args, "--home", str(self.office))

    def policy(self, *lines: str) -> None:
        file = self.stick / "rules.txt"
        file.write_text("\n".join(lines))
        done = fieldkit("central", "policy", "set", str(file), "--home", str(self.office))
        assert done.code == 0, done.talk
        assert self.run("policy", "accept", str(self.office / "policy.note")).code == 0

    def session(self) -> None:
        async def meet() -> None:
            station = Station.open(self.laptop)
            roster = [Expect(new_p=new_participant(), fields={"badge": "E1", "name": NAME})]
            setup = Setup(compile_for(station, "toolbox-blank", ""), facilitator="Sam Ortiz", roster=roster)
            begun = await station.start(setup)
            await begun.store.close()
            joined = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=False)
            path = station.sessions()[-1].path
            await more(station, path, Draft(joined, roster[0].new_p, {"name": NAME, "badge": "E1"}))
            await more(station, path, Draft(r.SessionClosed(why="request")))

        asyncio.run(meet())

    def receipted(self) -> Done:
        """There and back; what the last sync says."""
        assert self.run("sync", "--to", str(self.stick), "--plain").code == 0
        assert self.central("ingest", str(self.stick), "--receipts", str(self.stick / "receipts.note")).code == 0
        return self.run("sync", "--to", str(self.stick), "--plain")

    def holds(self, words: str = NAME) -> bool:
        return any(words.encode() in p.read_bytes() for p in (self.laptop / "sessions").iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_names_go_by_themselves_with_the_sync_that_brings_the_receipt(bench: Bench) -> None:
    """No days to wait: said once, seen in every list, the log whole; head office has them."""
    bench.policy("keep_days 0")
    bench.session()
    assert bench.holds()
    done = bench.receipted()
    assert done.code == 0 and "head office has them" in done.talk and not bench.holds() and not bench.holds("Sam Ortiz")
    (listed,) = bench.run("sessions", "--json").document["sessions"]
    assert listed["purged"] and listed["sync"] == "receipted"
    assert "receipted, names gone" in bench.run("sessions").text
    assert "names are gone, head office has them" in bench.run("show", "last").text
    assert bench.run("fsck").code == 0
    assert bench.run("purge").text == "" and "no names here" in bench.run("purge").talk
    assert "head office has them" not in bench.run("sync", "--to", str(bench.stick)).talk
    out = bench.stick / "a.csv"
    assert bench.central("export", "last", "-o", str(out)).code == 0 and NAME in out.read_text("utf-8-sig")


def test_until_then_the_command_says_for_how_long_they_stay(bench: Bench) -> None:
    bench.policy("keep_days 3")
    bench.session()
    assert bench.run("purge").text.endswith("head office has not signed for it\n")
    assert bench.receipted().code == 0 and bench.holds()
    done = bench.run("purge", "last", "--json")
    (kept,) = done.document["kept"]
    assert done.code == 1 and (kept["why"], done.document["gone"]) == ("early", []) and kept["from"]
    assert f"its days are not over until {kept['from'][:10]}" in bench.run("purge").text
    (listed,) = bench.run("sessions", "--json").document["sessions"]
    assert listed["purged"] is None and "names gone" not in bench.run("sessions").text


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("bash")), reason="needs bash and openssl")
def test_a_purged_record_still_proves_itself_by_hand(bench: Bench) -> None:
    """openssl and coreutils alone find the signature good and the root right when the names are gone."""
    bench.policy("keep_days 0")
    bench.session()
    bench.receipted()
    bundle = bench.stick / "purged.fkb"
    assert bench.run("bundle", "last", "--plain", "-o", str(bundle)).code == 0
    assert NAME.encode() not in subprocess.run(["gzip", "-dc", str(bundle)], capture_output=True, check=True).stdout
    vkey = bench.run("key", "show", "--json").document["device"]["vkey"]
    script = [str(ROOT / "docs/verify-by-hand.sh"), str(bundle), vkey]
    done = subprocess.run(["bash", *script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("verb", [("policy", "accept"), ("policy", "show"), ("privacy", "report"), ("purge",)])
def test_a_damaged_policy_is_one_sentence(bench: Bench, verb: tuple[str, ...]) -> None:
    """4 where our own file is damaged; a good one can be taken in again."""
    bench.policy("keep_days 0")
    (bench.laptop / "policy.note").write_bytes(b"\xff\x00" * 9)
    more = (str(bench.office / "policy.note"),) if verb[-1] == "accept" else ()
    done = bench.run(*verb, *more)
    assert done.code == (0 if verb in (("policy", "accept"), ("purge",)) else 4), done.talk
    assert "Traceback" not in done.talk and "mistake" not in done.talk
