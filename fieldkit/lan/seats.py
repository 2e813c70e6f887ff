"""Whose request is it? Cookie or bearer → seat. The desk knows the seats; here is only how they travel."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from fieldkit.desk import Desk

TOKEN_MAX = 64
"""Characters of a seat token; anything longer is nobody's."""


class Seat(msgspec.Struct, frozen=True):
    """A seat that acts now: its token and the participants on it, the owner first."""

    token: str
    people: list[str]

    @property
    def owner(self) -> str:
        return self.people[0]


def session_suffix(origin: str) -> str:
    """The last part of the origin (`000017-k3m9w2p4`): the session's public short id, `sid`."""
    return origin.rsplit("/", 1)[-1]


def cookie_name(sid: str) -> str:
    """Cookies are shared by all ports of an address, so each session has its own."""
    return f"fk_{sid}"


def cookie_of(header: str, name: str) -> str:
    """One cookie's value from a Cookie header; empty when there is none."""
    for pair in header.split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return ""


def token_in(headers: Mapping[str, str], cookie: str) -> str:
    """The seat token a request shows: `Authorization: Bearer` first, else the cookie. Empty when there is none."""
    bearer = headers.get("Authorization")
    if bearer is not None and bearer[:7].lower() == "bearer ":
        token = bearer[7:].strip()
    else:
        token = cookie_of(headers.get("Cookie", ""), cookie)
    return token if len(token) <= TOKEN_MAX and token.isascii() else ""


def set_cookie(name: str, value: str) -> str:
    """Lax: with Strict a link from another app would arrive without it, and people would join twice. No Secure:
    this is plain http on a LAN."""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400"


def seat_in(desk: Desk, token: str) -> Seat | None:
    """The seat of a token, None when it is nobody's (any more)."""
    people = desk.seat_of(token) if token else []
    return Seat(token, people) if people else None


def wall_token(secret: bytes) -> str:
    """The projector page's token: from the session's secret, so it survives a restart."""
    mac = hmac.new(secret, b"wall", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()


def wall_ok(secret: bytes, token: str) -> bool:
    return token.isascii() and hmac.compare_digest(token, wall_token(secret))
