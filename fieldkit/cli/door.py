"""`joining` of a session's status, as far as a person is shown it: what `ctl status` and `doctor` have in common."""

from __future__ import annotations

import msgspec

from fieldkit.cli.talk import data as put
from fieldkit.core.models import learn


class Found(msgspec.Struct):
    """One finding of `fieldkit.lan.diagnose`, in words."""

    words: str
    hint: str = ""
    code: str = ""


class Invited(msgspec.Struct):
    url: str
    place: str = ""


class Steps(msgspec.Struct):
    near: int | None = None
    seen: int = 0
    page: int = 0
    joined: int = 0
    live: int = 0
    answered: int = 0

    def line(self) -> str:
        """`3 near > 2 seen > …`: where a number falls to nothing, that is where people are stuck."""
        near = "?" if self.near is None else str(self.near)
        rest = [f"{getattr(self, k)} {k}" for k in ("seen", "page", "joined", "live", "answered")]
        return " > ".join([f"{near} near", *rest])


class Joining(msgspec.Struct):
    url: str = ""
    funnel: Steps = msgspec.field(default_factory=Steps)
    findings: list[Found] = []
    invites: list[Invited] = []


learn(Joining)


def joining_of(status: object) -> Joining | None:
    """`joining` in a status, None when there is none that could be ours."""
    found = status.get("joining") if isinstance(status, dict) else None
    try:
        return msgspec.convert(found, Joining)
    except msgspec.ValidationError:
        return None


def tell_ways(joining: Joining, code: str) -> None:
    """Every address that people may type, with the room code."""
    if joining.url:
        put(f"join    {joining.url}/{code}")
    for way in joining.invites:
        put(f"join    {way.url}/{code}" + (f"  {way.place}" if way.place else ""))
    for wrong in joining.findings:
        put(f"door    {wrong.words} {wrong.hint}".rstrip())
