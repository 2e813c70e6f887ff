"""New keys for head office itself: central, office, the age recipient, root, and the root on paper.

The new key is written first and the list signed after it, so that a crash leaves a key file too many and never a list
that names a key nobody has. A key is in use when the list in force names it (`Home.central`, `Home.office`): while the
list waits for root, the old one goes on. An old central or office key ends with its window, so that what it signed
stays good; `compromised` revokes it, and then what it signed counts for nobody. Root is always replaced by a list that
the old and the new root sign; the old one is revoked on it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.log.files import write_durable
from fieldkit.log.keys import Signer, VKey, new_identity, recipient_of
from fieldkit.log.note import day_text, parse_day
from fieldkit.log.trust import TrustKey, TrustList
from fieldkit.sync.central.home import DAY, OWN_DAYS, PAPER, ROOT_DAYS, Home, page

WHAT = ("central", "office", "recipient", "root", "paper")


class Rotated(msgspec.Struct, frozen=True):
    """What follows what: `new` is a public key or an age recipient, `old` those it takes the place of."""

    what: str
    new: str
    old: tuple[str, ...]
    trust: TrustList
    path: Path
    """The new key's file; for `paper` the page to print."""


def rotate(
    home: Home,
    what: str,
    now: int,
    root: Signer | None,
    *,
    passphrase: str | None = None,
    compromised: bool = False,
) -> Rotated:
    """Make the next key of head office and the list that names it. `passphrase` seals a new root key, None does not.

    Without `root` the list waits as a draft; a root is never replaced without one. Raises WrongUsage, NotPossible,
    FieldkitError.
    """
    if what not in WHAT:
        raise WrongUsage(f"There is no {what[:40]!r} to replace.", f"One of: {', '.join(WHAT)}.")
    if what == "recipient":
        return _recipient(home, now, root)
    if what in ("central", "office"):
        return _own(home, what, now, root, compromised)
    if root is None:
        raise NotPossible("A root is replaced by a list that the old and the new one sign.", "Name a root with --key.")
    return _root(home, what, now, root, passphrase)


def _own(home: Home, kind: str, now: int, root: Signer | None, compromised: bool) -> Rotated:
    trust, today = home.next_trust(), _today(now)
    used = [vkey for vkey in home.in_use() if vkey.role == kind]
    old = used or [key.vkey for key in trust.of(kind) if key.revoked is None][-1:]
    signer = Signer.generate(f"{home.org}/{kind}")
    path = home.key_path(kind, signer.vkey)
    signer.save(path)
    keys = [_ended(key, today, compromised) if key.vkey in old else key for key in trust.keys]
    line = TrustKey(kind, signer.vkey, today, today + OWN_DAYS * DAY)
    new = home.put_trust(msgspec.structs.replace(trust, keys=(*keys, line)), now, *([root] if root else []))
    return Rotated(kind, str(signer.vkey), tuple(map(str, old)), new, path)


def _recipient(home: Home, now: int, root: Signer | None) -> Rotated:
    path = home.path / "keys" / "age.key"
    old = {recipient_of(secret) for secret in home.identities()}
    secret, recipient = new_identity()
    write_durable(path, path.read_bytes().rstrip(b"\n") + f"\n# recipient: {recipient}\n{secret}\n".encode())
    trust = home.next_trust()
    others = tuple(to for to in trust.recipients if to not in old)
    new = msgspec.structs.replace(trust, recipients=(recipient, *others))
    gone = tuple(to for to in trust.recipients if to in old)
    return Rotated("recipient", recipient, gone, home.put_trust(new, now, *([root] if root else [])), path)


def _root(home: Home, what: str, now: int, root: Signer, passphrase: str | None) -> Rotated:
    trust, today = home.next_trust(), _today(now)
    live = [key for key in trust.of("root") if key.revoked is None]
    if root.vkey not in [key.vkey for key in home.trust().of("root") if key.revoked is None]:
        raise NotPossible("This is not the root of this central.", "Use keys/root.key, or the key on paper.")
    papers = _papers(trust)
    old = [key.vkey for key in live if (key.vkey in papers) == (what == "paper")]
    signer = Signer.generate(f"{home.org}/root")
    if what == "paper":
        path = home.paper_path
        write_durable(path, page(home.org, signer).encode())
    else:
        path = home.key_path("root", signer.vkey)
        signer.save(path, passphrase)
    keys = [msgspec.structs.replace(key, revoked=today) if key.vkey in old else key for key in trust.keys]
    line = TrustKey("root", signer.vkey, today, today + ROOT_DAYS * DAY, role=PAPER if what == "paper" else None)
    new = home.put_trust(msgspec.structs.replace(trust, keys=(*keys, line)), now, root, signer)
    first = home.key_path("root")
    if what == "root" and old and first.exists():
        first.rename(home.key_path("root", old[0]))  # kept, and no longer what is tried first
    return Rotated(what, str(signer.vkey), tuple(map(str, old)), new, path)


def _papers(trust: TrustList) -> list[VKey]:
    """The roots on paper: those that say so; on a list where none does, the second one."""
    lines = trust.of("root")
    said = [key.vkey for key in lines if key.role == PAPER]
    return said or [key.vkey for key in lines[1:2]]


def _ended(key: TrustKey, today: int, compromised: bool) -> TrustKey:
    if compromised:
        return msgspec.structs.replace(key, revoked=today)
    return msgspec.structs.replace(key, until=max(min(key.until, today + DAY), key.from_ + DAY))


def _today(now: int) -> int:
    return parse_day(day_text(now))
