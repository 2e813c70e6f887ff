"""The tables of central's database, as SQLite writes them, and how an older one becomes the newest: forward only.

Every unique key begins with the session's origin and there are no serials and no triggers, so that the same tables run
on a database that is spread over machines by origin. `fieldkit.sync.central.postgres` says the same in its own tongue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fieldkit.sync.central.tx import Tx

SCHEMA = """
CREATE TABLE session (
  origin TEXT NOT NULL PRIMARY KEY, device TEXT NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL,
  root BLOB NOT NULL, frontier BLOB NOT NULL, checkpoint BLOB NOT NULL, plan TEXT NOT NULL,
  prev_origin TEXT, prev_size INTEGER, prev_root BLOB, title TEXT NOT NULL, site TEXT NOT NULL, ms INTEGER NOT NULL
) STRICT;
CREATE INDEX session_device ON session (device, seq);
CREATE INDEX session_prev ON session (prev_origin);
CREATE TABLE cosigned (
  origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, s INTEGER NOT NULL, PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE record (
  origin TEXT NOT NULL, i INTEGER NOT NULL, x TEXT, line BLOB NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE TABLE opening (
  origin TEXT NOT NULL, i INTEGER NOT NULL, line BLOB NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE TABLE erased (
  origin TEXT NOT NULL, i INTEGER NOT NULL, why TEXT NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (origin, i)
) STRICT;
CREATE TABLE blob (
  origin TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (origin, sha256)
) STRICT;
CREATE TABLE signed (
  origin TEXT NOT NULL, size INTEGER NOT NULL, note BLOB NOT NULL, PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE arrival (
  origin TEXT NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL, size INTEGER, checkpoint BLOB,
  result TEXT NOT NULL, reason TEXT NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (origin, sha256)
) STRICT;
CREATE INDEX arrival_file ON arrival (sha256);
CREATE TABLE finding (
  origin TEXT NOT NULL, code TEXT NOT NULL, other TEXT NOT NULL, detail TEXT NOT NULL, ms INTEGER NOT NULL,
  PRIMARY KEY (origin, code, other)
) STRICT;
CREATE TABLE presence (
  origin TEXT NOT NULL, p TEXT NOT NULL, badge TEXT NOT NULL, issuer TEXT NOT NULL,
  from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (origin, p, from_ms)
) STRICT;
CREATE INDEX presence_badge ON presence (badge);
"""
"""Version 1; what came later stands in `STEPS`."""

CODES = """
CREATE TABLE code (
  origin TEXT NOT NULL, i INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_code ON code (code);
"""
"""The short code of every arrival (`fieldkit.log.receipt.short_code`)."""

TOMBS = """
CREATE TABLE unsettled (
  origin TEXT NOT NULL, i INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (origin, i)
) STRICT;
CREATE TABLE settled (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), stamp TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL
) STRICT;
"""

SWEPT = """
CREATE TABLE swept (
  origin TEXT NOT NULL, x TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (origin, x)
) STRICT;
"""
"""Private halves, by their salted hash, that were taken out of a file on the shelf before its session was taken in."""

TOUCHING = """
CREATE INDEX finding_other ON finding (code, other);
"""
"""So that what a session has to do with others is looked up, however many sessions there are."""

DIGEST = """
CREATE TABLE stale (origin TEXT NOT NULL PRIMARY KEY, mark TEXT NOT NULL) STRICT;
CREATE INDEX stale_mark ON stale (mark, origin);
CREATE TABLE digest (
  origin TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL, t INTEGER NOT NULL, day TEXT NOT NULL,
  pack TEXT NOT NULL, version TEXT NOT NULL, site TEXT NOT NULL, fac TEXT NOT NULL, cohort TEXT NOT NULL,
  makes_up TEXT NOT NULL, people INTEGER NOT NULL, unknown INTEGER NOT NULL, taught BLOB, figures BLOB
) STRICT;
CREATE INDEX digest_state ON digest (state, why, origin);
CREATE INDEX digest_makes_up ON digest (makes_up, origin);
CREATE INDEX digest_cohort ON digest (cohort, day, origin);
CREATE INDEX digest_pack ON digest (pack, version, day, origin);
CREATE TABLE did (
  origin TEXT NOT NULL, badge TEXT NOT NULL, issuer TEXT NOT NULL, seen BLOB NOT NULL,
  PRIMARY KEY (origin, badge, issuer)
) STRICT, WITHOUT ROWID;
CREATE INDEX did_badge ON did (badge, issuer, origin);
CREATE TABLE touched (
  badge TEXT NOT NULL, issuer TEXT NOT NULL, again TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (badge, issuer)
) STRICT;
CREATE INDEX touched_again ON touched (again, mark);
CREATE TABLE person (
  badge TEXT NOT NULL, issuer TEXT NOT NULL, name TEXT NOT NULL, find TEXT NOT NULL, crew TEXT NOT NULL,
  role TEXT NOT NULL, site TEXT NOT NULL, site_key TEXT NOT NULL, crew_key TEXT NOT NULL,
  sessions INTEGER NOT NULL, last TEXT NOT NULL, PRIMARY KEY (badge, issuer)
) STRICT;
CREATE INDEX person_find ON person (find, badge, issuer);
CREATE INDEX person_site ON person (site_key, find, badge, issuer);
CREATE TABLE standing (
  program TEXT NOT NULL, badge TEXT NOT NULL, issuer TEXT NOT NULL, name TEXT NOT NULL, find TEXT NOT NULL,
  crew TEXT NOT NULL, role TEXT NOT NULL, site TEXT NOT NULL, site_key TEXT NOT NULL, crew_key TEXT NOT NULL,
  cohort TEXT NOT NULL, needed INTEGER NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL, completed_on TEXT NOT NULL,
  expires_on TEXT NOT NULL, misses INTEGER NOT NULL, said BLOB NOT NULL, PRIMARY KEY (program, badge, issuer)
) STRICT;
CREATE INDEX standing_who ON standing (badge, issuer);
CREATE INDEX standing_state ON standing (program, state, find, badge, issuer);
CREATE INDEX standing_there ON standing (program, site_key, state, find, badge, issuer);
CREATE INDEX standing_misses ON standing (program, misses, find, badge, issuer);
CREATE TABLE tally (
  program TEXT NOT NULL, dim TEXT NOT NULL, site_key TEXT NOT NULL, word TEXT NOT NULL, crew TEXT NOT NULL,
  state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (program, dim, site_key, word, crew, state)
) STRICT;
CREATE TABLE sums (
  dim TEXT NOT NULL, key TEXT NOT NULL, pack TEXT NOT NULL, version TEXT NOT NULL, period TEXT NOT NULL,
  sessions INTEGER NOT NULL, people INTEGER NOT NULL, unknown INTEGER NOT NULL, figures BLOB,
  PRIMARY KEY (dim, key, pack, version, period)
) STRICT;
CREATE TABLE in_force (what TEXT NOT NULL PRIMARY KEY, stamp TEXT NOT NULL) STRICT;
"""
"""What each session says, kept so that nobody has to fold it to make a list (`sync.central.digest`). All of it is
derived: it may be thrown away, and is made again from the logs. Nothing here is keyed by origin alone but what is of
one session; the others are keyed by what they are asked by."""

LED = """
CREATE TABLE led (
  origin TEXT NOT NULL, fac TEXT NOT NULL, PRIMARY KEY (origin, fac)
) STRICT, WITHOUT ROWID;
CREATE INDEX led_fac ON led (fac, origin);
DROP TABLE IF EXISTS listed;
"""
"""Everybody who led a session, by key. `listed` is made anew by the pages: it knew only for whom one was opened."""

PARKED = """
CREATE TABLE parked (
  origin TEXT NOT NULL, i INTEGER NOT NULL, t INTEGER NOT NULL, site_key TEXT NOT NULL, kept INTEGER NOT NULL,
  state TEXT NOT NULL, log TEXT NOT NULL, at INTEGER NOT NULL, said INTEGER NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_state ON parked (state, t, origin, i);
CREATE INDEX parked_site ON parked (site_key, state, t, origin, i);
CREATE INDEX parked_said ON parked (said, origin, i);
"""
"""Every question that was kept for the expert, and where its answer stands; no words of either (`digest.parked`)."""

STAYS = """
DROP INDEX presence_badge;
CREATE INDEX presence_badge ON presence (badge, until_ms);
"""
"""So that of somebody's stays those are looked at that had not ended yet, however many there were before."""

CELLS = """
CREATE TABLE cell (
  pack TEXT NOT NULL, version TEXT NOT NULL, quarter TEXT NOT NULL, site_key TEXT NOT NULL, sessions INTEGER NOT NULL,
  inside BLOB NOT NULL, PRIMARY KEY (pack, version, quarter, site_key)
) STRICT;
CREATE TABLE shown (
  pack TEXT NOT NULL, version TEXT NOT NULL, mark TEXT NOT NULL, said BLOB, PRIMARY KEY (pack, version)
) STRICT;
CREATE INDEX arrival_result ON arrival (result, ms);
CREATE TABLE unlisted (origin TEXT NOT NULL PRIMARY KEY) STRICT;
INSERT INTO unlisted (origin) SELECT origin FROM session;
DELETE FROM tally;
DELETE FROM standing;
"""
"""Who led how many sessions of what, when and where (`digest.cells`), and what pages show of it (`digest.shown`); the
sessions that the list of the pages does not have yet, or has no longer; so that nobody looks for files that were not
taken among all that were; and a tally that counts more than it did, for which everybody is looked at again."""

_FORWARDED = (
    "origin TEXT NOT NULL, lrs TEXT NOT NULL, seen TEXT NOT NULL, version INTEGER NOT NULL, begun INTEGER NOT NULL,"
    " refused INTEGER NOT NULL, statements TEXT NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (origin, lrs)"
)
_FORWARDING = (
    "origin TEXT NOT NULL, lrs TEXT NOT NULL, holder TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (origin, lrs)"
)
FORWARD = "".join(
    f"CREATE TABLE IF NOT EXISTS {name} ({columns}); ALTER TABLE {name} RENAME TO old_{name};"
    f" CREATE TABLE {name} ({columns}) STRICT; INSERT INTO {name} SELECT * FROM old_{name}; DROP TABLE old_{name};"
    for name, columns in (("forwarded", _FORWARDED), ("forwarding", _FORWARDING))
)
"""What a learning record store has taken, and whose turn it is (`lrs.memory`). Older releases made these with the first
trip, beside the schema, so that nobody moved them: they are written anew as the others are."""

HELD_BACK = "UPDATE shown SET said = NULL;"
"""What pages show is made again: more is held back of what few people answered (`core.figures.few`)."""

SAID = """
CREATE TABLE said (
  origin TEXT NOT NULL, log TEXT NOT NULL, i INTEGER NOT NULL, PRIMARY KEY (origin, log, i)
) STRICT, WITHOUT ROWID;
CREATE INDEX said_log ON said (log, i);
CREATE INDEX IF NOT EXISTS session_plan ON session (plan, device, seq);
"""
"""Which records of head office's own logs refer to which session, and how far each log is in here (`tx_said`); so that
nobody reads what was said about all the others."""

LEARNT = """
CREATE TABLE learnt (
  origin TEXT NOT NULL, badge TEXT NOT NULL, issuer TEXT NOT NULL, t INTEGER NOT NULL, said BLOB NOT NULL,
  PRIMARY KEY (origin, badge, issuer)
) STRICT, WITHOUT ROWID;
CREATE INDEX learnt_who ON learnt (badge, issuer, t, origin);
"""
"""What each person answered of pre-work and reinforcement (`digest.learnt`)."""

DERIVED = (
    *("stale", "digest", "did", "touched", "person", "standing", "tally", "sums", "in_force", "led", "parked"),
    *("cell", "shown", "said", "learnt"),
)
"""The tables of `DIGEST`, `LED`, `PARKED`, `CELLS`, `SAID` and `LEARNT`."""


async def _codes(tx: Tx) -> None:
    await tx.fill_codes()


async def _said(tx: Tx) -> None:
    await tx.fill_said()


async def _learnt(tx: Tx) -> None:
    await tx.mark(*[origin for (origin,) in await tx.rows("SELECT origin FROM code WHERE i = 0 ORDER BY origin")])


async def _cells(tx: Tx) -> None:
    from fieldkit.sync.central.digest import cells, shown  # late: they know what a transaction is

    await cells.fill(tx)
    await shown.forget(tx, [(pack, version) for pack, version, *_ in await cells.sessions(tx)])
    await tx.touch_all()


Step = tuple[str, Callable[[Tx], Awaitable[None]] | None]
STEPS: tuple[Step, ...] = (
    (SCHEMA, None),
    (CODES, _codes),
    (TOMBS, None),
    (SWEPT, None),
    (TOUCHING, None),
    (DIGEST, None),
    (LED, None),
    (PARKED, None),
    (STAYS, None),
    (CELLS, _cells),
    (FORWARD, None),
    (HELD_BACK, None),
    (SAID, _said),
    (LEARNT, _learnt),
)
"""One after another, each a version: what is made, and what is filled in from what is stored."""
VERSION = len(STEPS)


async def bring_up(tx: Tx, version: int, tongue: Callable[[str], str] = str) -> None:
    """The tables of `version` (0: none) become those of this release. Raises BadBytes for lines that cannot be read."""
    for script, fill in STEPS[version:]:
        for statement in script.split(";"):
            if statement.strip():
                await tx.change(tongue(statement))
        if fill is not None:
            await fill(tx)
