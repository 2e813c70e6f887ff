"""A pack, compiled to its plan: what is run, what its hash stands for, what an auditor reads years later.

Compiling is a pure function of the pack's files and the site: the same input gives the same bytes on every machine.
Texts of all languages lie beside each other, ids are values, decimals are strings, pictures are named by their hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.errors import BadBytes, NotPossible, WrongUsage
from fieldkit.packs.problem import short
from fieldkit.packs.read import NOTE, PackFiles, read_pack

VERSION = 4
"""Raised whenever the same pack compiles to other bytes than before, or is refused now; names the cached plans."""


class Compiled(msgspec.Struct, frozen=True):
    """`plan_hash` and `files_hash` are SHA-256 in hex; `blobs` by SHA-256 hex, without the plan itself."""

    plan: Plan
    plan_bytes: bytes
    plan_hash: str
    files_hash: str
    blobs: dict[str, bytes]
    signed: bool


def compile_pack(path: Path, *, site: str = "", cache: Path | None = None, publishers: Iterable[str] = ()) -> Compiled:
    """Read, check and compile the pack at `path`.

    `site` lays `overlay/<site>.yaml` over it if the pack has one. `cache` is a folder where plans are kept by the
    pack's hash, so that a known pack is not parsed again. `publishers` are vkeys of the trust list. Raises WrongUsage
    (the pack has errors), BadBytes (the archive is refused), NotPossible (nothing there).
    """
    files = read_pack(path)
    note = read_note(files, publishers)
    kept = None if cache is None else cache / f"{files.hash}-{_site_of(files, site) or 'all'}.{VERSION}.plan"
    if kept is not None and (found := _from_cache(files, kept, note)):
        return found
    made = compile_files(files, site=site, note=note)
    if kept is not None:
        _keep(kept, made)
    return made


def compile_files(files: PackFiles, *, site: str = "", note: Sequence[str] = ()) -> Compiled:
    """Check and compile files that were read. Raises WrongUsage with the first error and how many there are.

    `note` are the lines of a verified pack.note.
    """
    # Late: a plan that is kept needs neither the checks nor a YAML parser, and a host has to start quickly.
    from fieldkit.log.line import canonical_plan
    from fieldkit.packs.check import check_files
    from fieldkit.packs.maker import Maker

    loaded = check_files(files)
    errors = [e for e in loaded.problems if e.level == "error"]
    if errors or loaded.pack is None:
        first = errors[0]
        others = len(errors) - 1
        more = "" if not others else " There is 1 more error." if others == 1 else f" There are {others} more errors."
        write = f" Write: {first.instead.rstrip('.')}." if first.instead else ""
        raise WrongUsage(
            f"{first.where}: {first.sentence}{more}",
            f"{write} All of it: fieldkit pack check {short(files.source, 120)}".strip(),
        )
    maker = Maker(loaded, loaded.pack, site)
    plan = maker.plan()
    try:
        raw = canonical_plan(msgspec.to_builtins(plan))
    except BadBytes as e:
        raise WrongUsage(f"The compiled plan cannot be carried in a log: {e}.", "Shorten its texts.") from None
    return Compiled(
        plan, raw, hashlib.sha256(raw).hexdigest(), files.hash, maker.blobs, _signed(note, plan, files.hash)
    )


def only_set(whole: Compiled, name: str) -> Compiled:
    """A pack's pre-work or one set of its reinforcement, to be run by itself. Raises NotPossible."""
    from fieldkit.core.blended import only, sets
    from fieldkit.log.line import canonical_plan

    plan = only(whole.plan, name)
    if plan is None:
        known = ", ".join(sets(whole.plan))
        raise NotPossible(
            f"The pack {whole.plan.id} has no set {short(name, 40)}.",
            f"It has: {known}." if known else "It asks nothing before or after the session.",
        )
    raw = canonical_plan(msgspec.to_builtins(plan))
    blobs = {sha256: whole.blobs[sha256] for sha256 in sorted(media_of(plan))}
    return msgspec.structs.replace(
        whole, plan=plan, plan_bytes=raw, plan_hash=hashlib.sha256(raw).hexdigest(), blobs=blobs
    )


def media_of(plan: Plan) -> set[str]:
    """SHA-256 (hex) of every picture and clip that the plan names."""
    return {h for a in plan.activities for h in (a.image, *a.audio) if h}


def require_runnable(plan: Plan) -> None:
    """Refuse a plan that holds what this release does not run yet. Raises NotPossible with the first such activity."""
    from fieldkit.core.activities import RUNS

    for a in plan.activities:
        if a.type not in RUNS:
            raise NotPossible(
                f"This release does not run activities of the type {a.type} yet, and the pack {plan.id} has one "
                f"({a.id}).",
                "Take it out of the pack, or wait for the release that runs it.",
            )


def read_note(files: PackFiles, publishers: Iterable[str]) -> list[str]:
    """The lines of pack.note if one of these vkeys signed it, else nothing: an unsigned pack runs. Never raises."""
    keys = list(publishers)
    raw = files.files.get(NOTE)
    if raw is None or not keys:
        return []
    from fieldkit.log.keys import VKey
    from fieldkit.log.note import open_note

    try:
        return open_note(raw, [VKey.parse(k) for k in keys]).text.split("\n")
    except BadBytes:
        return []


def pack_signed(path: Path, id: str, version: str, publishers: Iterable[str]) -> bool:
    """Whether one of these vkeys signed exactly these files under this id and version. Raises as `read_pack`."""
    files = read_pack(path)
    return _about(read_note(files, publishers), id, version, files.hash)


def _signed(note: Sequence[str], plan: Plan, files_hash: str) -> bool:
    return _about(note, plan.id, plan.version, files_hash)


def _about(note: Sequence[str], id: str, version: str, files_hash: str) -> bool:
    """Whether the note is about exactly these files under this id and version."""
    wanted = {f"id {id}", f"version {version}", f"files {files_hash}"}
    return bool(note) and note[0] == "fieldkit-pack/1" and wanted <= set(note[1:])


def _site_of(files: PackFiles, site: str) -> str:
    return site if site and any(f"overlay/{site}.{end}" in files.files for end in ("yaml", "yml")) else ""


def _from_cache(files: PackFiles, kept: Path, note: Sequence[str]) -> Compiled | None:
    """The plan as it was compiled before; a file that is damaged or missing is compiled anew."""
    try:
        raw = kept.read_bytes()
        plan = msgspec.json.decode(raw, type=Plan)
    except (OSError, msgspec.MsgspecError):
        return None
    if msgspec.json.encode(plan, order="sorted") != raw:
        return None
    by_hash = {hashlib.sha256(c).hexdigest(): c for name, c in files.files.items() if name.startswith("media/")}
    named = media_of(plan)
    if not named <= set(by_hash):
        return None
    blobs = {h: by_hash[h] for h in sorted(named)}
    return Compiled(plan, raw, hashlib.sha256(raw).hexdigest(), files.hash, blobs, _signed(note, plan, files.hash))


def _keep(kept: Path, made: Compiled) -> None:
    """Best effort: a plan that cannot be kept is compiled again next time."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = kept.with_name(f".{kept.name}.part")
        part.touch(mode=0o600)
        part.write_bytes(made.plan_bytes)
        part.replace(kept)
    except OSError:
        return


__all__ = [
    *("Compiled", "compile_files", "compile_pack", "media_of", "only_set", "pack_signed", "read_note"),
    "require_runnable",
]
