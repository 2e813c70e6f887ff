"""`central forward` as it is typed: where the secret comes from and that it goes nowhere else, TLS, what is said."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.sync.central.server import certificate
from tests.cli.kit import Done, fieldkit
from tests.kit.central import Laptop, Office, bundle
from tests.kit.lrs import PASSWORD, SECRET, VOIDED, running
from tests.sync.served import new_certificate


@pytest.fixture
def home(tmp_path: Path) -> Path:
    async def make() -> None:
        office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
        office.enrol(laptop)
        await office.take(bundle(laptop.whole(2), laptop.whole(1)))

    asyncio.run(make())
    return tmp_path / "central"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "lrs.secret"
    path.write_text(f"{SECRET}\n", "utf-8")
    path.chmod(0o600)
    return path


def forward(home: Path, url: str, *args: str) -> Done:
    return fieldkit("central", "forward", "--home", str(home), "--lrs", url, *args)


def silent(done: Done) -> Done:
    """Nothing of the password is said."""
    assert PASSWORD not in done.text + done.talk and "se:cret" not in done.text + done.talk
    return done


def test_it_says_what_it_did_and_that_the_second_time_there_is_nothing(home: Path, secret: Path) -> None:
    with running() as lrs:
        done = silent(forward(home, f"{lrs.url}/statements/", "--auth-file", str(secret)))
        assert (done.code, len(lrs.there)) == (0, 6)
        assert done.text == "sent       6 statements of 2 sessions looked at\nvoided     0 statements\n"
        again = silent(forward(home, lrs.url, "--auth-file", str(secret), "--json"))
        assert again.document == {
            "lrs": lrs.url, "dry_run": False, "stopped": None, "sessions": 0, "sent": 0, "voided": 0, "batches": 0,
            "refused": [], "left_out": {},
        }  # fmt: skip


def test_the_secret_may_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as lrs:
        assert forward(home, lrs.url).code == 2
        monkeypatch.setenv("FIELDKIT_LRS_AUTH", SECRET)
        assert silent(forward(home, lrs.url)).code == 0 and len(lrs.there) == 6


def test_a_secret_that_others_can_read_is_warned_of_and_a_wrong_one_said(home: Path, secret: Path) -> None:
    with running() as lrs:
        secret.chmod(0o644)
        secret.write_text("fieldkit:not it\n", "utf-8")
        done = forward(home, lrs.url, "--auth-file", str(secret))
        assert done.code == 3 and "does not know this user and password" in done.talk and "chmod 600" in done.talk
        assert "not it" not in done.talk and lrs.there == []


@pytest.mark.parametrize("text", ["", "nocolon", ":", "user:", ":password", "a:b\x1b[2J", "x" * 5000])
def test_what_is_no_secret_is_refused_and_not_quoted(tmp_path: Path, secret: Path, text: str) -> None:
    secret.write_text(f"{text}\n", "utf-8")
    done = forward(tmp_path, "http://127.0.0.1:9/xAPI", "--auth-file", str(secret))
    assert done.code == 2 and "\x1b" not in done.talk and "nocolon" not in done.talk


@pytest.mark.parametrize(
    "url",
    [
        *("", "lrs", "ftp://lrs.acme.example/xAPI", "https://", "https://lrs.acme.example:0/", "https://a b/"),
        *("https://user:password@lrs.acme.example/xAPI", "https://lrs.acme.example/xAPI?x=1", "https://[::1/xAPI"),
        *("http://lrs.acme.example/xAPI", f"https://lrs.acme.example/{'x' * 300}", "https://lrs.acme.example/\x1b[2J"),
        *(
            "file:///etc/passwd",
            "https://lrs.acme.example:99999/",
            f"https://{'a' * 300}.example/",
            "https://l rs/\u202e",
        ),
    ],
)
def test_what_is_no_address_of_a_store_is_refused(tmp_path: Path, secret: Path, url: str) -> None:
    done = forward(tmp_path, url, "--auth-file", str(secret))
    assert done.code == 2 and "password@" not in done.talk and "\x1b" not in done.talk


def test_plain_http_beyond_this_machine_goes_only_when_it_is_said(home: Path, secret: Path) -> None:
    done = forward(home, "http://lrs.invalid/xAPI", "--auth-file", str(secret), "--plain-http", "--dry-run", "--json")
    assert done.code == 0 and done.document["sent"] == 6


def test_asvs_12_3_2_tls_is_verified_and_the_store_may_have_its_own_authority(
    tmp_path: Path, home: Path, secret: Path
) -> None:
    cert, key = new_certificate(tmp_path, "lrs")
    other, _ = new_certificate(tmp_path, "other")
    with running(certificate(cert, key)) as lrs:
        for more in ([], ["--ca", str(other)]):
            done = forward(home, lrs.url, "--auth-file", str(secret), *more)
            assert done.code == 3 and "is not one that this machine trusts" in done.talk and lrs.posts == []
        assert forward(home, lrs.url, "--auth-file", str(secret), "--ca", str(secret)).code == 3
        assert forward(home, lrs.url, "--auth-file", str(secret), "--ca", str(cert)).code == 0
        assert len(lrs.there) == 6


def test_what_is_refused_is_listed_and_the_exit_code_says_so(home: Path, secret: Path) -> None:
    with running() as lrs:
        lrs.wrong = lambda one: "completed" in one["verb"]["id"]
        done = forward(home, lrs.url, "--auth-file", str(secret))
        assert done.code == 1 and done.text.count("not taken  lrs-refused  ") == 3 and "--again" in done.talk
        assert forward(home, lrs.url, "--auth-file", str(secret)).code == 1, "as long as it stands"
        lrs.wrong = lambda one: False
        assert forward(home, lrs.url, "--auth-file", str(secret), "--again").code == 0 and len(lrs.there) == 6


@pytest.mark.parametrize(
    "args",
    [["--batch", "99"], ["--batch", "501"], ["--profile", "all"], ["--every", "1"], ["--every", "60", "--again"]],
    ids=" ".join,
)
def test_other_words_are_refused(tmp_path: Path, secret: Path, args: list[str]) -> None:
    assert forward(tmp_path, "http://127.0.0.1:9/xAPI", "--auth-file", str(secret), *args).code == 2


def test_it_goes_on_until_it_is_asked_to_go(home: Path, secret: Path) -> None:
    with running() as lrs:
        lrs.faults = ["401"]
        words = ("central", "forward", "--home", str(home), "--lrs", lrs.url, "--auth-file", str(secret))
        process = subprocess.Popen(
            [sys.executable, "-m", "fieldkit", *words, "--every", "10"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr is not None
        said = ""
        while "does not know this user" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        out, talk = process.communicate(timeout=20)
        talk = said + talk
        assert "warning: The store does not know" in talk, "a store that says no does not end it"
        assert "does not know this user" in talk and "Traceback" not in talk and SECRET not in out + talk


def test_an_erasure_says_where_the_statements_went(home: Path, secret: Path) -> None:
    with running() as lrs:
        forward(home, lrs.url, "--auth-file", str(secret))
        who = lrs.there[0]["actor"]["account"]["name"]
        done = fieldkit("central", "erase", "all", "--home", str(home), "--person", who, "--why", "request")
        assert done.code == 0 and done.text.count(lrs.url) == 1 and "is voided by the next" in done.talk
        assert forward(home, lrs.url, "--auth-file", str(secret), "--json").document["voided"] == 2
        assert [one["verb"]["id"] for one in lrs.statements.values()].count(VOIDED) == 2
