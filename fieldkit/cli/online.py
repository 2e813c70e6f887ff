"""`fieldkit sync` over the network: what was sent, what head office says of it, what came back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.cli import talk
from fieldkit.cli.amended import rows, say_amended
from fieldkit.cli.bar import bar
from fieldkit.cli.sent import as_rows, say_sent

if TYPE_CHECKING:
    from fieldkit.station import Station
    from fieldkit.sync.link import Said
    from fieldkit.sync.online import OnlineTrip

CLOCK_S = 120
"""Clocks that differ by more are told of."""
STEPS = {
    "unknown-device": (
        "Head office keeps it until this laptop is on its trust list; nothing is lost.",
        "Then sync again.",
    ),
    "needs-words": ("Head office keeps it and waits for the six words it is sealed to.", "Tell them by voice."),
    "revoked": ("Head office holds it: this laptop's key was revoked.", "Call head office."),
    "expired": ("Head office holds it: this laptop's key has run out.", "Call head office."),
    "fork": ("Head office has another history of this session.", "Call head office."),
}
"""Reason → what a trainer has to know, and the next step."""
OTHER = ("Head office keeps it for a person to look at; nothing is lost.", "Tell them what stands in brackets.")


def sync_to(
    station: Station,
    url: str,
    *,
    plain: bool,
    plain_http: bool,
    ca: Path | None,
    others: Path | None,
    json: bool,
) -> int:
    """Exit code 0 only if head office has taken everything that it was brought."""
    from fieldkit.sync.copying import Watch
    from fieldkit.sync.link import TAKEN
    from fieldkit.sync.online import sync_online
    from fieldkit.sync.reach import address

    to = address(url, plain_http=plain_http)
    if not to.tls and not to.here:
        talk.warn("This is plain http.", "What is carried is sealed; that it is carried, and by whom, can be seen.")
    words: list[str] = []

    def sealed(kept: str) -> None:
        words.append(kept)
        if not json:
            talk.data(f"words: {kept}")
            talk.say("It is sealed to these six words. Write them down now and tell them to head office.")

    try:
        with bar(json) as shown:
            trip = asyncio.run(
                sync_online(station, to, plain=plain, ca=ca, folder=others, watch=Watch(shown.told), words=sealed)
            )
    except BaseException:
        if json and words:  # nothing else would ever tell them
            talk.say(f"words: {words[-1]}")
        raise
    if json:
        talk.emit(_document(station, trip))
    else:
        _rows(station, trip)
    _talk(trip)
    say_amended(station, trip.amended)
    from fieldkit.cli.carry import damaged, say_elsewhere

    say_elsewhere(station)
    if trip.left_out:
        damaged(trip.left_out)
        return 4
    said = [*trip.sessions, *(one for carry in trip.others for one in carry.sessions)]
    return 0 if all(one.result in TAKEN for one in said) else 1


def _row(one: Said) -> dict[str, Any]:
    return {"origin": one.origin, "size": one.size, "result": one.result, "reason": one.reason}


def _document(station: Station, trip: OnlineTrip) -> dict[str, Any]:
    others = [
        {"file": one.file, "sha256": one.sha256, "sessions": [_row(said) for said in one.sessions], "note": one.note}
        for one in trip.others
    ]
    return (
        {
            "to": trip.to,
            "files": [{"file": name, "sha256": sha256} for name, sha256 in trip.files],
            "sessions": [_row(one) for one in trip.sessions],
            "receipts": trip.receipts,
            "trust": trip.trust,
            "policy": trip.policy,
            "valid": trip.valid,
            "sealed_to": trip.sealed_to,
            "others": others,
            "laid": trip.laid,
            **as_rows(trip.sent),
        }
        | ({"words": trip.words} if trip.words else {})
        | rows(station, trip.amended)
    )


def _rows(station: Station, trip: OnlineTrip) -> None:
    from fieldkit.sync.carry import waiting
    from fieldkit.sync.outbox import Outbox

    parts = {ref.origin for ref in waiting(station, Outbox(station.outbox))}
    for one in trip.sessions:
        if one.origin not in trip.receipts:
            talk.data(_said(one))
    for origin in trip.receipts:
        talk.data(f"{'receipted in part' if origin in parts else 'receipted'}  {origin}")
    for carry in trip.others:
        for one in carry.sessions:
            talk.data(f"{_said(one)}  {carry.file}")


def _said(one: Said) -> str:
    why = f" ({one.reason})" if one.reason and one.reason != one.result else ""
    return f"{one.result}{why}  {one.origin or 'unreadable'}"


def _talk(trip: OnlineTrip) -> None:
    if trip.trust is not None:
        talk.say(f"Head office's trust list, version {trip.trust}, is taken in.")
    if trip.policy is not None:
        talk.say(f"Head office's policy, version {trip.policy}, is taken in; it holds for sessions from now on.")
    if trip.valid is not None:
        talk.say("Head office's list of who may do what is taken in: fieldkit who --task TASK")
    say_sent(trip.sent)
    if abs(trip.skew) > CLOCK_S:
        talk.warn(
            f"This laptop's clock is {_far(abs(trip.skew))} {'behind' if trip.skew > 0 else 'ahead of'} head office's.",
            "Set it; order and durations in the records do not depend on it.",
        )
    steps = {STEPS.get(one.reason, OTHER) for one in trip.sessions if one.result in ("held", "fork", "refused")}
    for sentence, hint in sorted(steps):
        talk.warn(sentence, hint)
    if trip.open:
        talk.say(f"{trip.open} of them not ended yet: sent as it is. Sync again when it has ended.")
    if trip.kept:
        talk.say(f"Not sent: {len(trip.kept)} in which nobody took part. It goes along once it has ended.")
    for carry in trip.others:
        if carry.note:
            talk.say(f"Receipts for {carry.file} lie in {carry.note}; take them back to its trainer.")
    if trip.laid:
        where = sorted({str(Path(one).parent) for one in trip.laid if not one.endswith(".fkpack")})
        talk.say(f"What head office has for the other laptops lies there too: {', '.join(where)}.")
    for name, reason in trip.not_taken:
        talk.warn(f"{name} was no use ({reason}).")
    if not trip.files and not trip.others and not trip.left_out:
        talk.say("There is nothing to send.")


def _far(seconds: int) -> str:
    if seconds < 7200:
        return f"{seconds // 60} minutes"
    return f"{seconds // 3600} hours" if seconds < 172_800 else f"{seconds // 86_400} days"
