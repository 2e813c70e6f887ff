"""The page that lies in an audit pack: what is in it, how it is checked, and what that shows and does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from fieldkit.log.keys import VKey

WHY = {
    "locked": "the rules of that session do not let its attendance be handed out",
    "plan": "it was made by a newer release, and cannot be read here",
}
"""Why a session is left out → in words; any other reason is that of a damaged line."""

_TEXT = """\
Audit pack of {org}, made {at}
{people}{sessions} logs

Check it
  You need Python 3.9 or newer and openssl 1.1.1 or newer, no network, and head office's root key, which you get by
  another way than this pack: on paper, or read aloud. Then, in this folder:

      python3 check.py 'ROOT KEY'

  It says what it checked, and ends with `verified`, or with `refused: ` and why. Keys are judged by the day on which
  head office signed, else by today; `python3 check.py 'ROOT KEY' . 2026-11-23` asks as of that day.

  With bash and openssl alone: `sha256sum -c contents`, then verify-by-hand.sh (its first lines say how), with keys that
  you took off the newest list in trust/, for contents, each transcript.csv and each .proofs in sessions/.
  With fieldkit: fieldkit verify --root 'ROOT KEY' trust/*.note contents sessions/*/*.proofs people/*/transcript.csv

  The root keys that head office works with are below. Believe them only if they are those that you got by another way.
{roots}
What is in it
  contents             every file with its SHA-256; contents.note bears head office's signature over it
  trust/               every list of keys that root has signed, oldest first: whose a key is, from when, until when
  people/              one folder a person: transcript.csv, transcript.html to print, standing.csv of the programs
  sessions/            one folder a session: plan.json (what was run; the session's first record names it by its hash),
                       checkpoint.note (the log's newest signed state, with every signature: laptop, trainer, head
                       office, witnesses), earlier.notes (older ones that others signed too), records-*.proofs (the
                       records that a row rests on, each with the way from it to the root that was signed);
                       attendance.csv where whole sessions were asked for
  The column `evidence` of a transcript names the records: folder#index,index. A folder of head office's own log holds
  what was corrected afterwards.

What it shows
  That these records stood in these logs when the logs were signed, under which name and badge the person was entered,
  who signed, and when head office had received it. Who changes one byte of any file is found.
What it does not show
  Minutes, scores and `completed` are computed from whole logs, in which other people are: ask for the bundle of a
  session to compute them anew. That nobody and no session is missing, a witness's signature can show. That whoever
  came was the person with that badge, no log can show.
{left}"""


def text(
    org: str, now: int, people: int, sessions: Iterable[str], left_out: Mapping[str, str], roots: Iterable[VKey]
) -> bytes:
    """The page. `left_out`: session → why nothing of it is here."""
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    who = f"{people} {'person' if people == 1 else 'people'}, " if people else ""
    keys = "".join(f"      {root}\n" for root in roots)
    left = "".join(f"  {origin}: {WHY.get(why, why)}\n" for origin, why in sorted(left_out.items()))
    left = f"\nLeft out, and somebody may have been there\n{left}" if left else ""
    n = len(list(sessions))
    page = _TEXT.format(org=org, at=at, people=who, sessions=n, roots=keys, left=left)
    return page.replace(" 1 logs\n", " 1 log\n").encode()
