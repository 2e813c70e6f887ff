"""`fieldkit ctl VERB …`: drive the session that runs on this data folder, from another terminal or a script."""

from __future__ import annotations

import http.client
from typing import Annotated, Any

import msgspec
import typer

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import emit, refuse, say
from fieldkit.errors import FieldkitError
from fieldkit.verbs import CONTROL_FILE, LISTED, Where, wish_of


def call(folder: Any, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
    """One request to the control port. Raises FieldkitError when nothing runs here."""
    nothing = FieldkitError(
        "No session is running on this data folder.", "Start one with `fieldkit host`, or name its folder with --data."
    )
    try:
        where = msgspec.json.decode((folder / CONTROL_FILE).read_bytes(), type=Where)
    except (OSError, msgspec.DecodeError) as error:
        raise nothing from error
    wire = http.client.HTTPConnection("127.0.0.1", where.port, timeout=30)
    try:
        wire.request(method, path, body, {"Authorization": f"Bearer {where.token}", "Content-Type": "application/json"})
        reply = wire.getresponse().read()
        found: dict[str, Any] = msgspec.json.decode(reply, type=dict[str, Any])
        return found
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise nothing from error
    finally:
        wire.close()


def ctl(
    verb: Annotated[str, typer.Argument(metavar="VERB", help="What to do; `status` shows how it stands.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="…", help="What the verb needs.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Show counts while it runs (never the key).")] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Drive the session that runs on this data folder.

    Example: fieldkit ctl open poll-seen --live
    """
    folder = home(data)
    if verb == "status":
        return show(call(folder, "GET", "/v1/status"), json)
    wish_of(verb, words or [], live)  # a wrong shape is said here, before anything is sent
    order = msgspec.json.encode({"verb": verb, "words": words or [], "live": live})
    found = call(folder, "POST", "/v1/orders", order)
    if json:
        emit(found)
    elif found.get("result") in ("accepted", "already"):
        say(found.get("words") or f"done, saved as #{found.get('saved')}")
    else:
        detail = f" ({found['detail']})" if found.get("detail") else ""
        refuse(f"{found.get('words')}{detail}", str(found.get("hint") or ""))
    return int(found.get("exit", 1))


def show(found: dict[str, Any], json: bool) -> int | None:
    """`ctl status`: for a program, or for a person in a few lines."""
    if json:
        emit(found)
        return None
    people = found.get("people", {})
    put(f"{found.get('title')}  {found.get('state')}  code {found.get('code')}  fresh {found.get('fresh')}")
    put(f"people  {people.get('present')} present of {people.get('joined')} joined, {people.get('live')} phones live")
    for one in found.get("open", []):
        put(f"open    {one['activity']}  round {one['round']}  {one['answered']} answered, {one['missing']} missing")
    if found.get("lobby"):
        put(f"lobby   {found['lobby']} wait at the door: fieldkit ctl admit")
    tempo = found.get("tempo", {})
    if any(tempo.values()):
        put("tempo   " + ", ".join(f"{n} {word}" for word, n in tempo.items()))
    put(f"next    {found.get('next') or 'end of the plan'}")
    put(f"saved   #{found.get('saved')}")
    return None


_LIST = "\n".join(f"  {f'{name} {verb.usage}'.strip():<34} {verb.help}" for name, verb in LISTED.items())
ctl.__doc__ = f"{ctl.__doc__}\n\n\b\nVerbs:\n  {'status':<34} how the session stands\n{_LIST}\n"

commands = {"ctl": ctl}
