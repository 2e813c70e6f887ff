"""Where a pack is: an id, a folder, or a .fkpack. Installed packs come before shipped ones of the same version."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

import fieldkit
from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.packs.problem import nearest, short
from fieldkit.packs.read import PACK, read_pack
from fieldkit.packs.yaml_safe import LIMIT, load

ENDING = ".fkpack"
BLANK = "toolbox-blank"
"""The pack of `fieldkit host` without PACK."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
_GLANCE = 8192
_LINE = re.compile(r"^(id|version|title|language|duration):[ \t]+([^\r\n]*?)(?:[ \t]+#[^\r\n]*)?$", re.MULTILINE)


class Found(msgspec.Struct, frozen=True):
    """One pack that could be run. `origin` is `shipped` or `installed`; `problem` says why it cannot be read."""

    id: str
    version: str
    title: str
    minutes: int
    langs: list[str]
    origin: str
    path: Path
    problem: str = ""


def shipped_dir() -> Path | None:
    """The folder of packs that came with the program: beside the code in a wheel, above it in a checkout."""
    package = Path(fieldkit.__file__).parent
    for folder in (package / "content_packs", package.parent / "content_packs"):
        if folder.is_dir():
            return folder
    return None


def find_pack(name: str, installed: Path | None = None) -> Path:
    """The folder or archive that `name` means: a path if it looks like one or exists, else an id.

    Raises NotPossible with the nearest known id.
    """
    path = Path(name).expanduser()
    looks_like_path = name.endswith(ENDING) or "/" in name or "\\" in name or name in (".", "..")
    try:
        if name and (looks_like_path or (path / PACK).is_file()) and path.exists():
            return path
    except (OSError, ValueError):
        pass
    if looks_like_path or not _ID.fullmatch(name):
        raise NotPossible(f"There is no pack at {short(name, 120)}.", "Give a pack's id, its folder or a .fkpack.")
    packs = [p for p in list_packs(installed) if p.id == name]
    if not packs:
        known = sorted({p.id for p in list_packs(installed)})
        near = nearest(name, known)
        hint = f"Did you mean {near}?" if near else f"Known packs: {', '.join(known) or 'none'}."
        raise NotPossible(f"There is no pack called {short(name)} here.", hint)
    return packs[0].path


def list_packs(installed: Path | None = None) -> list[Found]:
    """All packs, by id, the newest version of each first. Never raises; damage is a sentence in `problem`."""
    out: list[Found] = []
    for folder, origin in ((installed, "installed"), (shipped_dir(), "shipped")):
        if folder is None:
            continue
        try:
            entries = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        except OSError:
            continue
        out += [_head(p, origin) for p in entries if p.suffix == ENDING or (p / PACK).is_file()]
    ids = sorted({p.id for p in out})
    return [p for id in ids for p in sorted((q for q in out if q.id == id), key=_newest_first)]


def _newest_first(pack: Found) -> tuple[list[int], bool, str]:
    numbers, _, extra = pack.version.split("+", 1)[0].partition("-")
    parts = [-int(n) if n.isdecimal() and len(n) < 10 else 0 for n in numbers.split(".")[:3]]
    return parts, bool(extra), pack.origin


def _head(path: Path, origin: str) -> Found:
    """What the list shows, read from the lines themselves: to find a pack must not cost what it costs to judge it."""
    try:
        raw, names = _pack_yaml(path)
    except BadBytes as e:
        return Found(path.stem, "", "", 0, [], origin, path, e.detail or e.reason)
    except FieldkitError as e:
        return Found(path.stem, "", "", 0, [], origin, path, e.sentence)
    said = _glance(raw)
    id, version, minutes = said.get("id", ""), said.get("version", ""), said.get("duration", "")
    if not _ID.fullmatch(id) or not version:
        return Found(
            path.stem, "", "", 0, [], origin, path, "It does not say what it is: fieldkit pack check says more."
        )
    langs = sorted(m[1] for n in names if (m := re.fullmatch(r"i18n/([^/]+)\.ya?ml", n)))
    long = int(minutes) if minutes.isdecimal() and len(minutes) < 5 else 0
    return Found(id, version[:40], said.get("title", "")[:200], long, [said.get("language", ""), *langs], origin, path)


def _glance(raw: bytes) -> dict[str, str]:
    """The fields of the list. A pack in another style (one line of JSON is YAML too) is parsed whole."""
    said: dict[str, str] = {}
    for name, value in _LINE.findall(raw[:_GLANCE].decode("utf-8", "replace")):
        said.setdefault(name, value.strip().strip("\"'"))
    if "id" in said and "version" in said:
        return said
    try:
        value = load(raw).value
    except BadBytes:
        return {}
    return {k: str(v) for k, v in value.items() if isinstance(v, (str, int))} if isinstance(value, dict) else {}


def _pack_yaml(path: Path) -> tuple[bytes, list[str]]:
    """(pack.yaml, names of the translations)."""
    if path.suffix == ENDING:
        files = read_pack(path).files
        return files[PACK], list(files)
    try:
        with (path / PACK).open("rb") as file:
            raw = file.read(LIMIT + 1)
        return raw, [f"i18n/{p.name}" for p in sorted((path / "i18n").glob("*"))]
    except OSError as e:
        raise NotPossible(f"It cannot be read: {e.strerror}.") from None
