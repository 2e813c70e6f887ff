"""`attest`: a person signs an ended session with a key of this laptop; and how signatures are told in words."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.options import (
    DataOpt,
    DebugOpt,
    JsonOpt,
    PassphraseFileOpt,
    QuietOpt,
    SessionArg,
    found,
    home,
    passphrase,
)
from fieldkit.cli.when import clock, iso
from fieldkit.core.state import HANDED_OVER
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.desk import Desk
    from fieldkit.log.facilitators import Facilitator
    from fieldkit.log.keys import Signer
    from fieldkit.station import SessionRef, Station

MEANINGS = {
    "held": "I led this session, and what is recorded here happened.",
    "checked": "I did not lead it; I have checked this record, and it is right.",
    "skills": "I saw each skill shown that is signed off here.",
    "corrected": "I have gone through the corrections, and they are right.",
}
"""Code → what whoever signs says. The record holds the code."""

UP_TO_HERE = "I led this session up to here, and what is recorded so far happened; I hand it over."

KeyOpt = Annotated[
    str, typer.Option("--key", metavar="ID", help="Which key of this laptop; needed where it has several.")
]
MeaningOpt = Annotated[
    str, typer.Option("--meaning", metavar="CODE", help="held, checked, skills or corrected: what the signature says.")
]
NameOpt = Annotated[
    str, typer.Option("--name", metavar="NAME", help="Printed name; else the trainer's of the session.")
]


def attest(
    session: SessionArg,
    meaning: MeaningOpt = "held",
    key: KeyOpt = "",
    name: NameOpt = "",
    passphrase_file: PassphraseFileOpt = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Sign an ended session with your own key: who signs, and what the signature means, becomes part of the record.

    held: I led this session, and what is recorded here happened. checked: I did not lead it; I have checked this
    record, and it is right. skills: I saw each skill shown that is signed off here. corrected: I have gone through
    the corrections, and they are right. A session that is open in a host is signed there.

    Example: fieldkit attest last --meaning held
    """
    from fieldkit.log import facilitators

    if meaning not in MEANINGS:
        raise WrongUsage(f"There is no meaning {meaning[:40]!r}.", f"--meaning is one of: {', '.join(MEANINGS)}.")
    station, ref = found(home(data), session)
    if ref.state != "ended":
        raise NotPossible("Only a session that has ended can be signed.", "End it first: fieldkit ctl end")
    mine = chosen(facilitators.listed(station.home), key)
    talk.say(f"“{ref.title}”, session {ref.seq}, {ref.size} records. You sign: {MEANINGS[meaning]}")
    secret = passphrase(passphrase_file, False, f"Passphrase of {mine.id}") if mine.sealed else None
    signer = facilitators.unlock(station.home, mine.id, secret)
    record = asyncio.run(sign_ended(station, ref, signer, meaning, name))
    if json:
        talk.emit({"session": ref.origin, "record": record, "key": signer.name, "meaning": meaning})
    else:
        talk.data(f"signed  {ref.origin}  {record + 1} records  {signer.name}  {meaning}")


def chosen(keys: list[Facilitator], id: str) -> Facilitator:
    """The key meant by `id`; the only one there is without. Raises NotPossible, WrongUsage."""
    if not keys:
        raise NotPossible("There is no trainer's key on this laptop.", "Make one: fieldkit key facilitator new ID")
    ids = ", ".join(one.id for one in keys)
    if not id and len(keys) > 1:
        raise WrongUsage("There are several keys on this laptop.", f"--key is one of: {ids}.")
    mine = next((one for one in keys if not id or one.id == id), None)
    if mine is None:
        raise NotPossible(f"There is no key of {id[:40]!r} on this laptop.", f"--key is one of: {ids}.")
    return mine


async def sign_ended(station: Station, ref: SessionRef, signer: Signer, meaning: str, name: str) -> int:
    """Sign a session that no host has open; index of the record. Raises FieldkitError."""
    from fieldkit.desk import Desk

    begun = await station.resume(ref)
    desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
    try:
        await desk.start()
        record = await sign_desk(desk, signer, meaning, name)
        await asyncio.to_thread(station.remember, desk.store)
        return record
    finally:
        await desk.close()


async def sign_desk(desk: Desk, signer: Signer, meaning: str, name: str = "") -> int:
    """`sign.by` and the checkpoint that covers it, signed by laptop and person, in one commit. Raises FieldkitError."""
    from fieldkit.core import intents as w
    from fieldkit.core.clean import clean_name
    from fieldkit.core.intents import FACILITATOR
    from fieldkit.core.state import MEANINGS as ROLE_OF
    from fieldkit.desk import Refused

    printed = clean_name(name) or (desk.session.leader if meaning == "held" else "")
    intent = w.SignOff(role=ROLE_OF[meaning], key=signer.name, meaning=meaning, name=printed)
    done = await desk.submit(intent, FACILITATOR, id=secrets.token_urlsafe(16), signer=signer)
    if isinstance(done, Refused):
        raise NotPossible(done.refusal.words)
    return done.saved


async def hand_over_desk(desk: Desk, signer: Signer, name: str, to_name: str, to_key: str = "") -> int:
    """A running session gets another leader; who led signs what is recorded so far, in one commit with the handover.
    Index of its last record. Raises FieldkitError."""
    from fieldkit.core import intents as w
    from fieldkit.core.clean import clean_name
    from fieldkit.core.intents import FACILITATOR
    from fieldkit.desk import Refused

    printed = clean_name(name) or desk.session.leader
    intent = w.HandOver(key=signer.name, to_name=clean_name(to_name), name=printed, to_key=to_key)
    done = await desk.submit(intent, FACILITATOR, id=secrets.token_urlsafe(16), signer=signer)
    if isinstance(done, Refused):
        raise NotPossible(done.refusal.words)
    return done.saved


def attested_words(mark: Mapping[str, Any]) -> str:
    """One signature, as `show` and `verify` say it."""
    who = f"{mark['name']} ({mark['key']})" if mark["name"] else str(mark["key"])
    said = {**MEANINGS, HANDED_OVER: UP_TO_HERE}.get(str(mark["meaning"]), str(mark["meaning"]))
    head = f"{clock(iso(int(mark['t']), 'UTC'))}  {who}, {mark['role']}: “{said}”"
    if mark.get("of"):
        head += f"  of {mark['of']}, {mark['of_size']} records"
    if not mark["size"]:
        return f"{head}  NOT SIGNED: no checkpoint bears this signature"
    over = f"signed, {mark['size']} records"
    return f"{head}  {over}" + ("" if mark["known"] else "; the key is not known here")


commands: dict[str, Callable[..., int | None]] = {"attest": attest}
