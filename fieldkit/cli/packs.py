"""`fieldkit pack …`: look at content packs before a room full of people does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import packs_make, packs_sign, talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.plan import Plan
    from fieldkit.packs.compile import Compiled
    from fieldkit.packs.problem import Problem

group = new_group("Write, check, build and install content packs.")
for make in (packs_make.new, packs_sign.key, packs_sign.sign, packs_make.build, packs_make.install):
    group.command()(make)

PackArg = Annotated[str, typer.Argument(metavar="PACK", help="A pack's id, its folder or a .fkpack.")]


def _find(name: str, data: Path | None) -> Path:
    from fieldkit.packs.find import find_pack

    return find_pack(name, home(data) / "packs")


@group.command()
def check(
    pack: PackArg, data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False
) -> int:
    """Say everything that is wrong with a pack, or with a program's .yaml: file, place, and what to write instead.

    Exit code 0 if it can be run (warnings are advice), 1 if it has errors.

    Example: fieldkit pack check loto-basics
    """
    from fieldkit.packs.check import check_pack

    program = pack.endswith((".yaml", ".yml")) and Path(pack).expanduser().is_file()
    path = Path(pack).expanduser() if program else _find(pack, data)
    problems = _of_program(path) if program else check_pack(path)
    errors = sum(p.level == "error" for p in problems)
    if json:
        talk.emit({
            "pack": str(path),
            "ok": not errors,
            "errors": errors,
            "warnings": len(problems) - errors,
            "problems": [_document(p) for p in problems],
        })  # fmt: skip
        return 1 if errors else 0
    for p in problems:
        talk.data(f"{p.level:7}  {p.where}: {p.sentence}" + (f"\n         write: {p.instead}" if p.instead else ""))
    warnings = len(problems) - errors
    can = "The program {} be used" if program else "The pack {} be run"
    verdict = can.format("cannot" if errors else "can")
    talk.say(f"{verdict}: {_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    return 1 if errors else 0


def _of_program(path: Path) -> list[Problem]:
    from fieldkit.packs.program import read_file, read_program

    return list(read_program(read_file(path), path.name).problems)


def _document(p: Problem) -> dict[str, Any]:
    return {
        "level": p.level, "file": p.file, "line": p.line or None, "place": p.place,
        "sentence": p.sentence, "instead": p.instead,
    }  # fmt: skip


def _count(n: int, one: str) -> str:
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


@group.command()
def show(
    pack: PackArg,
    lang: Annotated[str, typer.Option("--lang", help="Language of the texts; else the pack's own.")] = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Show what a pack promises: its session arc, activities, rules and hashes. With --json, the compiled plan.

    Example: fieldkit pack show loto-basics --lang es
    """
    import msgspec

    from fieldkit.packs.compile import compile_pack

    made = compile_pack(_find(pack, data))
    if lang and lang not in made.plan.langs:
        raise WrongUsage(f"The pack does not speak {lang[:20]}.", f"It speaks: {', '.join(made.plan.langs)}.")
    if json:
        talk.emit({
            "id": made.plan.id, "version": made.plan.version, "files": made.files_hash, "plan_hash": made.plan_hash,
            "signed": made.signed, "plan": msgspec.to_builtins(made.plan),
        })  # fmt: skip
        return 0
    for line in _lines(made, lang or made.plan.language):
        talk.data(line)
    return 0


def _lines(made: Compiled, lang: str) -> list[str]:
    plan = made.plan
    out = [
        f"{plan.say(plan.title, lang)}",
        f"{plan.id} {plan.version}, {plan.minutes} minutes, languages: {', '.join(plan.langs)}",
    ]
    if plan.summary:
        out += ["", plan.say(plan.summary, lang)]
    if plan.objectives:
        out += ["", "Objectives"]
        out += [f"  {o.id:4} {plan.say(o.text, lang)}" for o in plan.objectives]
    out += ["", "Session"]
    start = 0
    for s in plan.segments:
        out.append(f"  {start:3}′ {s.phase:12} {s.minutes:3} min  {plan.say(s.title, lang)}")
        out += [
            f"       {step.at // 60:3}:{step.at % 60:02}  {_step(plan, n, s.id, lang)}"
            for n, step in enumerate(s.steps)
        ]
        start += s.minutes
    out += ["", *_rules(plan)]
    signed = "signed by a publisher" if made.signed else "not signed"
    return [*out, f"files {made.files_hash} ({signed})", f"plan  {made.plan_hash}"]


def _step(plan: Plan, n: int, segment: str, lang: str) -> str:
    found = plan.segment(segment)
    if found is None:
        return ""
    step = found.steps[n]
    a = plan.activity(step.activity or "")
    if a is not None:
        graded = ", graded" if a.graded else ""
        return f"{step.do} {a.id} ({a.type}{graded}): {plan.say(a.text, lang)}"
    slide = f" slide {step.slide}" if step.slide else ""
    words = plan.say(step.text, lang)
    return f"{step.do}{slide}" + (f": {words}" if words else "")


def _rules(plan: Plan) -> list[str]:
    done, out = plan.completion, []
    rules = [
        f"attendance {done.attendance_min} %" if done.attendance_min is not None else "",
        f"score {done.score_min} %" if done.score_min is not None else "",
        *done.require,
    ]
    if any(rules):
        out.append(f"Completed with: {', '.join(r for r in rules if r)}")
    if plan.valid_months:
        days = f", reminders {', '.join(map(str, plan.remind_days))} days before" if plan.remind_days else ""
        out.append(f"Valid for {plan.valid_months} months{days}")
    if plan.course:
        out.append(f"Course code {plan.course}")
    return [*out, ""] if out else out


@group.command("list")
def list_(data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> int:
    """List the packs that can be run: those that came with fieldkit and those installed here.

    Example: fieldkit pack list
    """
    from fieldkit.packs.find import list_packs

    packs = list_packs(home(data) / "packs")
    if json:
        talk.emit([
            {"id": p.id, "version": p.version, "title": p.title, "minutes": p.minutes, "langs": p.langs,
             "origin": p.origin, "path": str(p.path), "problem": p.problem}
            for p in packs
        ])  # fmt: skip
        return 0
    talk.table(
        ["PACK", "VERSION", "MIN", "LANGUAGES", "FROM", "TITLE"],
        [[p.id, p.version, p.minutes, ",".join(p.langs), p.origin, p.title or p.problem] for p in packs],
        give=5,
    )
    talk.say(f"Your own packs go to {home(data) / 'packs'}: a folder or a .fkpack each.")
    return 0


@group.command("schema")
def schema_(data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> int:
    """Print the JSON Schema of pack.yaml, for an editor that completes fields and marks mistakes.

    Example: fieldkit pack schema > pack.schema.json
    """
    from json import dumps

    from fieldkit.packs.schema import schema

    talk.data((dumps(schema(), indent=None if json else 1, ensure_ascii=False) + "\n").encode())
    return 0


@group.command()
def i18n(
    pack: PackArg,
    lang: Annotated[str, typer.Argument(metavar="LANG", help="A language code such as es or pt-BR.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Print i18n/LANG.yaml of a pack: every text, what is translated already, and the hash of each source.

    Example: fieldkit pack i18n loto-basics es > es.yaml
    """
    import re

    from fieldkit.packs.i18n import translation_file
    from fieldkit.packs.load import load_pack
    from fieldkit.packs.read import read_pack

    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", lang):
        raise WrongUsage(f"{lang[:20]} is not a language code.", "Such as es or pt-BR.")
    loaded = load_pack(read_pack(_find(pack, data)))
    if loaded.pack is None:
        raise NotPossible("The pack has errors and its texts cannot be listed.", f"fieldkit pack check {pack}")
    if lang == loaded.pack.language:
        raise WrongUsage(f"{lang} is the pack's own language.", "Its texts stand in pack.yaml.")
    text = translation_file(loaded, loaded.pack, lang)
    if json:
        talk.emit({"language": lang, "file": text})
    else:
        talk.data(text.encode())
    return 0
