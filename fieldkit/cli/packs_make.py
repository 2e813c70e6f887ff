"""`fieldkit pack new|build|install`: begin a pack, make one file of it, put it where sessions find it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.errors import FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.packs.compile import Compiled
    from fieldkit.packs.read import PackFiles

SourceArg = Annotated[str, typer.Argument(metavar="PACK", help="A pack's folder, a .fkpack, or a known id.")]


def new(
    id: Annotated[str, typer.Argument(metavar="ID", help="2 to 64 of a-z 0-9 -; the folder gets this name.")],
    title: Annotated[str, typer.Option("--title", help="What people read; else made from the id.")] = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Begin a pack: a folder with a small whole session to change, without an error or a warning.

    Example: fieldkit pack new dock-safety --title "Safe at the dock"
    """
    from fieldkit.log.files import write_durable
    from fieldkit.packs.check_texts import TITLE_MAX, painting
    from fieldkit.packs.template import template

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,63}", id):
        raise WrongUsage(f"{talk.plain(id[:40])} is no id for a pack.", "2 to 64 of a-z 0-9 -, such as dock-safety.")
    title = title.strip() or id.replace("-", " ").capitalize()[:TITLE_MAX]
    if len(title) > TITLE_MAX or painting(title) or "\n" in title or "\t" in title:
        raise WrongUsage("This title cannot be used.", f"One line of at most {TITLE_MAX} characters.")
    folder = Path(id)
    try:
        folder.mkdir()
    except FileExistsError:
        raise NotPossible(f"There already is something called {id} here.", "Choose another id or folder.") from None
    except OSError as e:
        raise FieldkitError(f"The folder cannot be made: {e.strerror}.", "Go to a folder of your own.") from None
    for name, text in template(id, title).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        write_durable(path, text.encode(), mode=0o644)
    if json:
        talk.emit({"id": id, "folder": str(folder)})
    else:
        talk.say(f"{folder} is ready to be changed. Then: fieldkit pack check {folder}/")
    return 0


def build(
    pack: SourceArg,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Else <id>-<version>.fkpack in this folder.")
    ] = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Make one .fkpack file of a pack, the same bytes every time. A pack with errors is refused.

    Example: fieldkit pack build dock-safety/ -o dock-safety.fkpack
    """
    from fieldkit.log.files import write_durable

    files, made, raw = _archived(pack, data)
    path = out if out is not None else Path(_name(made))
    if str(path) == "-":
        talk.data(raw)
        return 0
    write_durable(path, raw, mode=0o644)
    _told(made, files, path, "built", json)
    return 0


def install(
    pack: SourceArg, data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False
) -> int:
    """Put a pack into this data folder, so that `fieldkit host ID` finds it. A pack with errors is refused.

    The same id and version with other contents is refused too: a pack is never edited in place.

    Example: fieldkit pack install dock-safety-0.1.0.fkpack
    """
    from fieldkit.log.files import write_durable

    files, made, raw = _archived(pack, data)
    folder = home(data) / "packs"
    path = folder / _name(made)
    result = "installed"
    if (there := _installed(folder, made)) is not None:
        if there.hash != files.hash:
            raise NotPossible(
                f"Another {made.plan.id} {made.plan.version} is installed already.",
                "Raise the version in pack.yaml; MAJOR when a key or a requirement changes.",
            )
        result = "already"
    else:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as e:
            raise FieldkitError(f"The folder cannot be made: {e.strerror}.", "Name another with --data.") from None
        write_durable(path, raw, mode=0o644)
    _told(made, files, path, result, json)
    return 0


def _archived(pack: str, data: Path | None) -> tuple[PackFiles, Compiled, bytes]:
    """The pack's files, its plan and the bytes of its archive. Raises as the compiler does for a pack with errors."""
    from fieldkit.packs.archive import write_archive
    from fieldkit.packs.compile import compile_files
    from fieldkit.packs.find import find_pack
    from fieldkit.packs.read import read_pack

    files = read_pack(find_pack(pack, home(data) / "packs"))
    return files, compile_files(files), write_archive(files.files)


def _name(made: Compiled) -> str:
    return f"{made.plan.id}-{made.plan.version}.fkpack"


def _installed(folder: Path, made: Compiled) -> PackFiles | None:
    """The installed pack of the same id and version, whatever its file is called."""
    from fieldkit.packs.find import list_packs
    from fieldkit.packs.read import read_pack

    for p in list_packs(folder):
        if p.origin == "installed" and (p.id, p.version) == (made.plan.id, made.plan.version):
            return read_pack(p.path)
    return None


def _told(made: Compiled, files: PackFiles, path: Path, result: str, json: bool) -> None:
    if json:
        talk.emit({
            "id": made.plan.id, "version": made.plan.version, "files": files.hash, "plan_hash": made.plan_hash,
            "file": str(path), "result": result,
        })  # fmt: skip
    elif result == "already":
        talk.say(f"{made.plan.id} {made.plan.version} is installed already.")
    elif result == "installed":
        talk.say(f"{made.plan.id} {made.plan.version} is installed. Run it: fieldkit host {made.plan.id}")
    else:
        talk.say(f"{path} is built: {len(files.files)} files.")
