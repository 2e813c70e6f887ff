"""The figures of a session as bytes (`core.figures`): here alone the digest knows that there are any."""

from __future__ import annotations

import msgspec

from fieldkit.core.figures import NOTHING, Delivery, Figures, figures_of, minus, plus
from fieldkit.core.models import learn
from fieldkit.core.session import Session

learn(Figures)
_enc = msgspec.json.Encoder(order="deterministic")
_dec = msgspec.json.Decoder(Figures)


class _Brief(msgspec.Struct, frozen=True):
    delivery: Delivery = Delivery()


_brief = msgspec.json.Decoder(_Brief)


def taken(session: Session) -> bytes:
    """Of one session; empty where it has none."""
    found = figures_of(session)
    return b"" if found is None else _enc.encode(found)


def read(raw: bytes | None, brief: bool = False) -> Figures:
    """The sums in these bytes; `brief`: how it was delivered alone, which costs a tenth."""
    if brief and raw:
        return Figures(delivery=_brief.decode(raw).delivery)
    return _dec.decode(raw) if raw else NOTHING


def changed(raw: bytes | None, gone: list[bytes], new: list[bytes]) -> bytes:
    """These sums without what is gone and with what is new: whole numbers, so exactly so."""
    found = read(raw)
    for one in gone:
        found = minus(found, read(one))
    for one in new:
        found = plus(found, read(one))
    return _enc.encode(found)
