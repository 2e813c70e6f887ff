"""`people.db` in central's folder: accounts, who is logged in, and who looked at what.

A small SQLite file of its own, so that several `central serve` and the command line work on it side by side; every
change is on disk when it returns. Of a cookie only its SHA-256 stands here. Lines of the access log are only ever
added, and the oldest let go of when the policy says so (`let_go`): triggers refuse the rest. Times are Unix seconds and
arguments.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from fieldkit.errors import DamagedData, FieldkitError
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.passwords import Hashed
from fieldkit.sync.central.sqlite import born

FILE = "people.db"
IDLE_S, LONGEST_S = 30 * 60, 12 * 3600
"""A log-in ends after half an hour without a page, and after a shift."""
SEEN_S = 60
"""So rarely is it written down that somebody is still there."""
MOST_LOGINS = 10
"""Of one account at once; the oldest ends."""
KNOWN_S = 180 * 86_400
APPLICATION_ID = 0x464B5050
FILED = "filed"
"""Word of the access log for a sheet that was filed."""
SCHEMA = """
CREATE TABLE account (
  name TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, sites TEXT NOT NULL, key TEXT NOT NULL, first INTEGER NOT NULL,
  made INTEGER NOT NULL, until INTEGER NOT NULL, salt BLOB NOT NULL, digest BLOB NOT NULL, n INTEGER NOT NULL,
  r INTEGER NOT NULL, p INTEGER NOT NULL
) STRICT;
CREATE TABLE login (
  id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, began INTEGER NOT NULL, seen INTEGER NOT NULL, peer TEXT NOT NULL
) STRICT;
CREATE TABLE known (id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
CREATE TABLE access (
  i INTEGER PRIMARY KEY AUTOINCREMENT, t INTEGER NOT NULL, who TEXT NOT NULL, peer TEXT NOT NULL, what TEXT NOT NULL,
  origin TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX access_who ON access (who, i);
CREATE INDEX access_origin ON access (origin, i);
CREATE TRIGGER access_stays BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'only added to'); END;
CREATE TRIGGER access_kept BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'only added to'); END
"""
LET_GO = "let-go"
"""Word of the access log for old lines of it that went."""
NOBODY = "central retention"
"""Who let them go: no account can be called so."""


class Access(msgspec.Struct, frozen=True):
    """One line of the access log. `what` is a code, `detail` a table, an index or a `p`; never a name of a worker."""

    t: int
    who: str
    peer: str
    what: str
    origin: str = ""
    detail: str = ""
    i: int = 0


class Filed(msgspec.Struct, frozen=True):
    """A sheet that somebody filed. `stamp` says which one (`fieldkit.sync.central.front.filing`)."""

    t: int
    who: str
    stamp: str


class Login(msgspec.Struct, frozen=True):
    """Somebody who is logged in; `token` is the cookie's value."""

    account: Account
    token: str
    began: int
    seen: int


class Book:
    """The file, opened. Its verbs may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        """Makes the file where there is none. Raises FieldkitError, DamagedData."""
        self._path = folder / FILE
        self._turn = threading.Lock()
        with self._said():
            born(self._path)
            self._db = sqlite3.connect(self._path, timeout=30.0, isolation_level=None, check_same_thread=False)
            for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "fullfsync = 1"):
                self._db.execute(f"PRAGMA {setting}")
            self._make()

    def close(self) -> None:
        with self._turn:
            self._db.close()

    def _make(self) -> None:
        with self._change() as db:
            ((version,),) = db.execute("PRAGMA user_version").fetchall()
            ((ours,),) = db.execute("PRAGMA application_id").fetchall()
            ((tables,),) = db.execute("SELECT count(*) FROM sqlite_master").fetchall()
            if version > 1 or (version and ours != APPLICATION_ID) or (not version and tables):
                raise DamagedData(f"{self._path} is not this release's list of accounts.", "Restore it from a backup.")
            if not version:
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute("PRAGMA user_version = 1")

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as wrong:
            code = getattr(wrong, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise DamagedData(f"{self._path} is damaged.", "Restore it from a backup of this folder.") from wrong
            raise FieldkitError(
                f"{self._path} could not be read or written ({wrong}).",
                "Check that the disk has space and the folder belongs to you.",
            ) from wrong
        except OSError as wrong:
            raise FieldkitError(f"{self._path} cannot be opened.", "Check the folder's permissions.") from wrong

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk when the block has been left."""
        with self._turn, self._said():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._turn, self._said():
            return self._db.execute(sql, values).fetchall()

    # -- accounts --------------------------------------------------------------------------------------------

    def accounts(self) -> list[Account]:
        return [_account(row) for row in self._all(f"SELECT {_ACCOUNT} FROM account ORDER BY name")]

    def account(self, name: str) -> tuple[Account, Hashed] | None:
        """Whose name this is, and what their password is compared with."""
        rows = self._all(f"SELECT {_ACCOUNT}, salt, digest, n, r, p FROM account WHERE name = ?", name)
        return (_account(rows[0][:7]), Hashed(*rows[0][7:])) if rows else None  # type: ignore[arg-type]

    def add(self, new: Account, password: Hashed) -> bool:
        """False if somebody has this name."""
        marks = ", ".join("?" * 12)
        with self._change() as db:
            done = db.execute(
                f"INSERT INTO account ({_ACCOUNT}, salt, digest, n, r, p) VALUES ({marks}) ON CONFLICT DO NOTHING",
                (*_row(new), *msgspec.structs.astuple(password)),
            )
        return done.rowcount == 1

    def set_role(self, name: str, role: str, sites: tuple[str, ...], key: str) -> bool:
        """In force with the next page. False if nobody has this name."""
        with self._change() as db:
            done = db.execute(
                "UPDATE account SET role = ?, sites = ?, key = ? WHERE name = ?", (role, _json(sites), key, name)
            )
        return done.rowcount == 1

    def set_password(self, name: str, password: Hashed, *, first: bool = False, until: int = 0) -> bool:
        """And every log-in of this account ends. False if nobody has this name."""
        with self._change() as db:
            done = db.execute(
                "UPDATE account SET salt = ?, digest = ?, n = ?, r = ?, p = ?, first = ?, until = ? WHERE name = ?",
                (*msgspec.structs.astuple(password), int(first), until, name),
            )
            for table in ("login", "known"):
                db.execute(f"DELETE FROM {table} WHERE name = ?", (name,))
        return done.rowcount == 1

    def remove(self, name: str) -> bool:
        """The account and its log-ins; the access log stays. False if nobody has this name."""
        with self._change() as db:
            done = db.execute("DELETE FROM account WHERE name = ?", (name,))
            for table in ("login", "known"):
                db.execute(f"DELETE FROM {table} WHERE name = ?", (name,))
        return done.rowcount == 1

    # -- log-ins ---------------------------------------------------------------------------------------------

    def begin(self, name: str, now: int, peer: str, old: str = "") -> str:
        """A new log-in; its cookie. `old`, the cookie the browser came with, ends."""
        token = secrets.token_urlsafe(24)
        with self._change() as db:
            db.execute(
                "DELETE FROM login WHERE id = ? OR seen < ? OR began < ?",
                (_id(old), now - IDLE_S, now - LONGEST_S),
            )
            db.execute(
                "INSERT INTO login (id, name, began, seen, peer) VALUES (?, ?, ?, ?, ?)",
                (_id(token), name, now, now, peer),
            )
            db.execute(
                "DELETE FROM login WHERE name = ?1 AND id NOT IN"
                " (SELECT id FROM login WHERE name = ?1 ORDER BY began DESC, rowid DESC LIMIT ?2)",
                (name, MOST_LOGINS),
            )
        return token

    def login(self, token: str, now: int) -> Login | None:
        """Who this cookie is, as the account is now; None when nobody, or no longer."""
        if not token or len(token) > 64:
            return None
        columns = ", ".join(f"a.{one}" for one in _ACCOUNT.split(", "))
        rows = self._all(
            f"SELECT {columns}, l.began, l.seen FROM login l JOIN account a ON a.name = l.name WHERE l.id = ?",
            _id(token),
        )
        if not rows:
            return None
        found = Login(_account(rows[0][:7]), token, *rows[0][7:])  # type: ignore[arg-type]
        if not (found.seen - SEEN_S <= now < found.seen + IDLE_S and now < found.began + LONGEST_S):
            self.end(token)
            return None
        if now - found.seen >= SEEN_S:
            with self._change() as db:
                db.execute("UPDATE login SET seen = ? WHERE id = ? AND seen < ?", (now, _id(token), now))
        return found

    def end(self, token: str) -> None:
        with self._change() as db:
            db.execute("DELETE FROM login WHERE id = ?", (_id(token),))

    def end_all(self, name: str) -> int:
        """How many log-ins of this account ended."""
        with self._change() as db:
            return max(0, db.execute("DELETE FROM login WHERE name = ?", (name,)).rowcount)

    def know(self, name: str, now: int) -> str:
        """A cookie by which a browser that logged in once is known again, for a while."""
        token = secrets.token_urlsafe(24)
        with self._change() as db:
            db.execute("DELETE FROM known WHERE until < ?", (now,))
            db.execute("INSERT INTO known (id, name, until) VALUES (?, ?, ?)", (_id(token), name, now + KNOWN_S))
        return token

    def knows(self, token: str, name: str, now: int) -> bool:
        found = self._all("SELECT 1 FROM known WHERE id = ? AND name = ? AND until > ?", _id(token), name, now)
        return bool(token) and bool(found)

    # -- who looked at what ----------------------------------------------------------------------------------

    def note(self, one: Access) -> None:
        """Durable when it returns."""
        with self._change() as db:
            db.execute(
                "INSERT INTO access (t, who, peer, what, origin, detail) VALUES (?, ?, ?, ?, ?, ?)",
                (one.t, one.who, one.peer[:64], one.what, one.origin, one.detail[:200]),
            )

    def accesses(self, before: int = 1 << 62, who: str = "", origin: str = "", most: int = 100) -> list[Access]:
        """Lines older than the line `before`, the newest first."""
        rows = self._all(
            "SELECT t, who, peer, what, origin, detail, i FROM access WHERE i < ?1 AND (?2 = '' OR who = ?2)"
            " AND (?3 = '' OR origin = ?3) ORDER BY i DESC LIMIT ?4",
            before,
            who,
            origin,
            most,
        )
        return [Access(*row) for row in rows]  # type: ignore[arg-type]

    def older(self, before: int) -> int:
        """How many lines were written before a moment (Unix s)."""
        ((n,),) = self._all("SELECT count(*) FROM access WHERE t < ?1", before)
        return int(str(n))

    def let_go(self, before: int, now: int) -> int:
        """Lines from before a moment go, and one line says how many; → how many. The trigger is gone for nobody else:
        it is back in the same transaction."""
        kept = next(one for one in SCHEMA.split(";\n") if "access_kept" in one)
        with self._change() as db:
            ((n,),) = db.execute("SELECT count(*) FROM access WHERE t < ?", (before,)).fetchall()
            if n:
                db.execute("DROP TRIGGER access_kept")
                db.execute("DELETE FROM access WHERE t < ?", (before,))
                db.execute(kept)
                db.execute(
                    "INSERT INTO access (t, who, peer, what, origin, detail) VALUES (?, ?, '', ?, '', ?)",
                    (now, NOBODY, LET_GO, str(n)),
                )
        if n:
            with self._turn, self._said():
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(n)

    def filed(self, origins: list[str]) -> dict[str, Filed]:
        """The newest filing of each of these sessions that was filed, whoever did it."""
        marks = ", ".join("?" * len(origins))
        rows = self._all(
            f"SELECT origin, t, who, detail FROM access WHERE origin IN ({marks}) AND what = '{FILED}' ORDER BY i",
            *origins,
        )
        return {str(origin): Filed(int(str(t)), str(who), str(stamp)) for origin, t, who, stamp in rows}

    def filed_by(self, who: str, since: int) -> dict[str, Filed]:
        """What somebody filed since a moment (Unix s), the newest first; each session once."""
        rows = self._all(
            f"SELECT origin, t, detail FROM access WHERE who = ?1 AND what = '{FILED}' AND origin <> '' AND t >= ?2"
            " ORDER BY i DESC",  # a visit to the page of what was filed has the same word, and no session
            *(who, since),
        )
        out: dict[str, Filed] = {}
        for origin, t, stamp in rows:
            out.setdefault(str(origin), Filed(int(str(t)), who, str(stamp)))
        return out


_ACCOUNT = "name, role, sites, key, first, made, until"


def _account(row: tuple[object, ...]) -> Account:
    return Account(
        str(row[0]), str(row[1]), tuple(msgspec.json.decode(str(row[2]), type=list[str])), str(row[3]), bool(row[4]),
        int(str(row[5])), int(str(row[6])),
    )  # fmt: skip


def _row(one: Account) -> tuple[object, ...]:
    return (one.name, one.role, _json(one.sites), one.key, int(one.first), one.made, one.until)


def _json(sites: tuple[str, ...]) -> str:
    return msgspec.json.encode(list(sites)).decode()


def _id(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
