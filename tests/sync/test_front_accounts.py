"""`fieldkit central account`: a password is made and shown once, or typed; never on the command line."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from fieldkit.core.clean import site_key
from fieldkit.log.keys import Signer
from fieldkit.sync.central.front import passwords
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import FILE, Access, Book
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.listing import Asked, with_key
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, Office
from tests.sync.fronted import quick


@pytest.fixture
def home(tmp_path: Path) -> Path:
    asyncio.run(Office.make(tmp_path))
    return tmp_path / "central"


def run(home: Path, *args: str, code: int = 0) -> str:
    done = fieldkit("central", "account", *args, "--home", str(home))
    assert done.code == code, done.talk
    return done.text if code == 0 else done.talk


def test_an_account_is_made_listed_changed_reset_and_removed(home: Path) -> None:
    supervisor = ("--role", "supervisor", "--site", "Hall 3")
    added = fieldkit("central", "account", "add", "zoe", *supervisor, "--home", str(home), "--json")
    word = added.document["password"]
    assert added.code == 0 and len(word) == 24
    book = Book(home)
    found = book.account("zoe")
    assert found is not None and passwords.right(word, found[1])
    assert found[0].first and found[0].until - found[0].made == 7 * 86_400
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600
    run(home, "role", "zoe", "--role", "supervisor", "--site", "Yard", "--site", " Hall  3 ")
    assert run(home, "list") == "zoe  supervisor  Yard, Hall 3  not logged in yet\n"
    token = book.begin("zoe", NOON, "")
    again = run(home, "reset", "zoe").split()[1]
    assert again != word and book.login(token, NOON) is None
    run(home, "remove", "zoe")
    assert book.account("zoe") is None and run(home, "list") == ""
    told = [x.what.removeprefix("account-") for x in reversed(book.accesses())]
    assert told == ["add", "role", "reset", "remove"]


def test_whoever_trains_too_names_their_key(home: Path) -> None:
    signer = Signer.generate("ld.acme.example/fac/9k3m")
    office = Home.open(home)
    trust = with_key(office.next_trust(), Asked(signer.vkey), NOON)
    office.put_trust(trust, NOON, Signer.load(office.root_path))
    run(home, "add", "op", "--role", "operator", "--key", "9k3m")
    run(home, "add", "zoe", "--role", "supervisor", "--site", "Yard", "--key", "9k3m")
    listed = run(home, "list")
    assert "op  operator  ld.acme.example/fac/9k3m" in listed and "Yard, ld.acme.example/fac/9k3m" in listed
    assert "Nobody on the trust list" in run(home, "add", "aud", "--role", "auditor", "--key", "' OR 1=1 --", code=1)
    run(home, "role", "op", "--role", "operator")
    assert [x.key for x in Book(home).accounts()] == ["", "ld.acme.example/fac/9k3m"]


def test_what_cannot_be_an_account_is_one_sentence(home: Path) -> None:
    run(home, "add", "op", "--role", "operator")
    for code, said, args in (
        (1, "There is an account 'op' already.", ("add", "op", "--role", "operator")),
        (2, "cannot be the name", ("add", "Ann [/] Lee", "--role", "operator")),
        (2, "cannot be the name", ("add", "../../x", "--role", "operator")),
        (2, "There is no role", ("add", "x1", "--role", "admin")),
        (2, "A supervisor has sites", ("add", "x1", "--role", "supervisor")),
        (2, "A supervisor has sites", ("add", "x1", "--role", "auditor", "--site", "Yard")),
        (2, "A facilitator has a key", ("add", "x1", "--role", "facilitator")),
        (1, "Nobody on the trust list", ("add", "x1", "--role", "facilitator", "--key", "9k3m")),
        (2, "no terminal to type", ("add", "x1", "--role", "auditor", "--typed")),
        (1, "There is no account", ("role", "nobody", "--role", "auditor")),
        (1, "There is no account", ("reset", "nobody")),
        (1, "There is no account", ("remove", "nobody")),
        (2, "No such option: --password", ("add", "x1", "--role", "auditor", "--password", "x")),
    ):
        assert said in run(home, *args, code=code), args
    assert [x.name for x in Book(home).accounts()] == ["op"]


def test_a_file_that_is_not_ours_is_told_and_left_alone(home: Path) -> None:
    db = sqlite3.connect(home / FILE)
    db.execute("CREATE TABLE other (x)")
    db.commit()
    db.close()
    assert "not this release's list of accounts" in run(home, "list", code=4)
    (home / FILE).write_bytes(b"no database at all" * 500)
    assert "damaged" in run(home, "list", code=4)


def test_many_processes_write_at_once_and_nothing_is_lost(home: Path) -> None:
    """Two connections in threads of their own stand for two servers: SQLite makes no difference."""
    books = [Book(home), Book(home)]

    def work(book: Book, n: int) -> None:
        for k in range(25):
            book.add(Account(f"a{n}-{k}", "auditor"), quick())
            book.note(Access(NOON, f"a{n}-{k}", "", "in"))
            book.login(book.begin(f"a{n}-{k}", NOON, ""), NOON + 90)

    threads = [threading.Thread(target=work, args=(book, n)) for n, book in enumerate(books)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(books[0].accounts()) == 50 and len(books[1].accesses()) == 50
    assert books[0].add(Account("a0-1", "operator"), quick()) is False


def test_a_place_is_the_same_however_it_is_typed() -> None:
    assert site_key(" Hall\t 3 ") == site_key("HALL 3") and site_key("N\u0303") == site_key("ñ")
    assert site_key("Hall 3") != site_key("Hall 33") and site_key("a\u202eb") == site_key("ab")
    zoe = Account("zoe", "supervisor", ("Hall 3",))
    assert zoe.sees("hall 3", False) and not zoe.sees("", False) and not zoe.sees("Hall 4", True)
    sam = Account("sam", "facilitator", (), "o/fac/1")
    assert sam.sees("", True) and not sam.sees("", False) and not Account("s", "facilitator").sees("", True)
    assert not Account("x", "something-later").sees("Hall 3", True)
