"""Who is in at the page `/learn`: a signed token in a cookie, for an hour from the last answer; nothing is kept here.

It is signed with a key that is derived from the office device's, so several servers and the same one after a crash know
it. It is not sealed: it holds what its own bearer typed, and their name. A form bears a mark of whoever it was made
for, so that a tab of somebody who has left the phone answers for nobody else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec

from fieldkit.core.models import learn
from fieldkit.log.keys import Signer
from fieldkit.sync.central.learn import Learner

COOKIE = "__Host-fk-learn"
LASTS_S = 3600
MOST = 3000
"""Characters of a token; browsers keep 4,096."""


class _Token(msgspec.Struct, frozen=True):
    until: int
    learner: Learner


learn(_Token)


class Tokens:
    """`signer`: the office's device."""

    def __init__(self, signer: Signer) -> None:
        self._key = hashlib.sha256(b"fieldkit-learn/1\n" + signer.to_bytes()).digest()

    def make(self, learner: Learner, now: int) -> str:
        """`now`: Unix s."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(_Token(now + LASTS_S, learner))).rstrip(b"=")
        return f"{body.decode()}.{self._mac(b'in', body)}"

    def read(self, token: str, now: int) -> Learner | None:
        """Whose token it is; None for one that is over, or that nobody here made."""
        body, _, mac = token.partition(".")
        if len(token) > MOST or not token.isascii() or not hmac.compare_digest(mac, self._mac(b"in", body.encode())):
            return None
        try:
            found = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Token)
        except (msgspec.MsgspecError, binascii.Error, ValueError):
            return None  # signed by another release
        return found.learner if now < found.until else None

    def form(self, learner: Learner) -> str:
        """The mark of a form that was made for them."""
        who = msgspec.json.encode([learner.origin, learner.i, learner.who.badge, learner.who.issuer])
        return self._mac(b"form", who)

    def is_form(self, learner: Learner, mark: str) -> bool:
        return mark.isascii() and hmac.compare_digest(mark, self.form(learner))

    def _mac(self, what: bytes, body: bytes) -> str:
        return hmac.digest(self._key, what + b"\0" + body, "sha256").hex()[:40]
