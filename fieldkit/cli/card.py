"""`fieldkit card`: a sheet that says how to come in, for the session that runs here or for a planned address."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec
import typer

from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.config import Settings

SIZES = ("A4", "letter")
MOST_LANGS = 2

LangsOpt = Annotated[list[str] | None, typer.Option("--lang", metavar="LANG", help="One or two languages.")]
SizeOpt = Annotated[str, typer.Option("--size", help="Paper: A4 or letter.")]
OutOpt = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write; `-` is standard output.")]


class Running(msgspec.Struct):
    """What of the running session's status the card needs."""

    title: str
    code: str
    url: str
    trainer: str = ""
    langs: list[str] = []


def card(
    out: OutOpt,
    lang: LangsOpt = None,
    url: Annotated[str, typer.Option(metavar="URL", help="A planned address, instead of the running session.")] = "",
    code: Annotated[str, typer.Option(metavar="CODE", help="The room code that goes with --url, if known.")] = "",
    title: Annotated[str, typer.Option(help="Another title.")] = "",
    size: SizeOpt = "A4",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Make a join card to print: QR code, address, room code, steps in two languages, a text to read aloud.

    For the session that runs on this data folder, or for a planned address with --url. The room code is made when a
    session starts: without --code the card has four lines to write it on. Where the settings know the room's Wi-Fi, its
    QR code stands beside; it holds the password, so mind who sees the sheet.

    Example: fieldkit card -o card.html --lang en --lang es
    """
    from fieldkit.config import load
    from fieldkit.core.clean import clean_text
    from fieldkit.formats.card import Card
    from fieldkit.formats.card import card as make
    from fieldkit.lan.qr import invite_text, svg

    folder = home(data)
    settings = load(folder, os.environ)
    running = planned(url, code, title, settings) if url or code else asked(folder)
    wifi = wifi_of(settings)
    what = Card(
        title=clean_text(title, 120) or running.title,
        url=running.url,
        code=running.code,
        trainer=running.trainer,
        qr=svg(invite_text(f"{running.url}/{running.code}".rstrip("/"))),
        wifi=wifi[0],
        wifi_qr=svg(wifi[1]) if wifi[1] else "",
    )
    talk.out(out, make(what, spoken(lang, running.langs), paper_size(size)))
    told(out, json)
    return None


def asked(folder: Path) -> Running:
    """The session that runs here. Raises FieldkitError when none does."""
    from fieldkit.cli.wire import call

    _, found = call(folder, "GET", "/v1/status", Running)
    running: Running = found
    return running


def planned(url: str, code: str, title: str, settings: Settings) -> Running:
    """What was typed, perhaps without a code. Raises WrongUsage for what no phone could open."""
    from fieldkit.core.clean import clean_name
    from fieldkit.seats import is_room_code

    if not url:
        raise WrongUsage("--code needs the --url it belongs to.", "Give both, or neither for the running session.")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username) if host else False
    if not host or parts.scheme != "http" or not bare or not url.isascii() or not url.isprintable() or len(url) > 200:
        raise WrongUsage(f"{url[:60]!r} is no address to join at.", "It looks like http://10.42.0.1 or 10.42.0.1:8080.")
    if code and not is_room_code(code.upper()):
        raise WrongUsage(f"{code[:20]!r} is no room code.", "It has four signs, for example K7M4.")
    return Running(title or "fieldkit", code.upper(), f"http://{parts.netloc}", clean_name(settings.facilitator))


def wifi_of(settings: Settings) -> tuple[str, str]:
    """(name, text of its QR code) of the room's Wi-Fi, as the settings have it; empty for none."""
    from fieldkit.lan.wifi import Wifi

    wifi = Wifi(settings.wifi_name, settings.wifi_password, settings.wifi_hidden)
    return wifi.name, wifi.text


def spoken(asked: list[str] | None, known: list[str]) -> list[str]:
    """One or two languages that we speak. Raises WrongUsage for another one."""
    from fieldkit.words import catalogues

    speaks = catalogues()
    unknown = [x for x in asked or [] if x not in speaks]
    if unknown:
        raise WrongUsage(f"There are no words in {unknown[0][:20]!r}.", f"--lang is one of: {', '.join(speaks)}.")
    found = list(dict.fromkeys(asked or [x for x in known if x in speaks][:MOST_LANGS] or ["en"]))
    if len(found) > MOST_LANGS:
        raise WrongUsage("A sheet has room for two languages.", "Make another one for the others.")
    return found


def paper_size(size: str) -> str:
    found = next((x for x in SIZES if x.casefold() == size.casefold()), "")
    if not found:
        raise WrongUsage(f"There is no paper {size[:20]!r} here.", "--size is A4 or letter.")
    return found


def told(out: Path, json: bool) -> None:
    if json and str(out) != "-":
        talk.emit({"file": str(out)})
    elif str(out) != "-":
        talk.say(f"Written: {out}. Open it in a browser and print it.")


commands = {"card": card}
