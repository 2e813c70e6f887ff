"""Documents that fail the build: what the code's own tables hold is documented, and what documents name exists."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from fieldkit.cli.app import COMMANDS, load
from fieldkit.core import views
from fieldkit.core.intents import Intent
from fieldkit.core.records import KINDS
from fieldkit.core.refusals import REASONS
from fieldkit.lan import control, probes, routes
from fieldkit.verbs import LISTED, VERBS
from tests.house import generated
from tests.house.tree import ROOT, every_file, name_of, python_files, tree_of

DOCUMENTS = sorted(
    path for path in every_file() if path.suffix == ".md" and name_of(path).split("/")[0] != "content_packs"
)
CODE = re.compile(r"``([^`]+(?:`[^`]+)*)``|`([^`]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
OWN_PATH = re.compile(r"^(?:fieldkit|tests|docs|bench|content_packs|tools|\.ci)/[\w./-]*$")
FIELDKIT = re.compile(r"(?:^|\s|bin/)fieldkit ((?:-{1,2}[\w-]+(?: DIR)? )*)([a-z]\w*)(?: ([a-z][\w-]*))?")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def spans(text: str) -> list[str]:
    """Everything in a document that is set as code: spans, and the lines of blocks."""
    blocks = re.findall(r"^```.*?$(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    found = ["".join(pair) for paragraph in rest.split("\n\n") for pair in CODE.findall(paragraph)]
    return [*(" ".join(one.split()) for one in found), *(line for block in blocks for line in block.splitlines())]


def test_the_refusals_page_is_the_table_of_the_code() -> None:
    """Written by `make docs`; a sentence changed in the code changes here or fails."""
    assert read("docs/refusals.md") == generated.refusals(), "run `make docs`"


def test_the_commands_page_is_what_help_says() -> None:
    """Options and examples in docs/commands.md are those of --help."""
    assert read("docs/commands.md") == generated.commands(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_and_the_common_options(name: str) -> None:
    """Each command: a sentence, an example that names it, --data (or --home), --json, --quiet and --debug."""
    for full, command in generated._each(name, load(name)):
        help_text = command.help or ""
        assert f"fieldkit {full}" in help_text, f"`fieldkit {full} --help` has no example"
        where = "home" if name in ("central", "witness") else "data"
        missing = {where, "json", "quiet", "debug"} - {param.name for param in command.params}
        assert not missing, f"fieldkit {full} lacks {missing}"


def test_every_record_kind_is_documented() -> None:
    """docs/records.md names each kind of the closed union."""
    text = read("docs/records.md")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


def test_every_refusal_is_used_or_foreseen() -> None:
    """A refusal that no rule gives is a dead sentence to translate; `fieldkit` names each outside its own table."""
    code = "\n".join(path.read_text("utf-8") for path in python_files() if path.name != "refusals.py")
    assert [reason for reason in REASONS if f'"{reason}"' not in code] == []


def test_every_intent_is_a_wish_and_every_record_a_fact() -> None:
    """Shapes of names: no intent shares its name with a record."""
    intents = {cls.__name__ for cls in Intent.__subclasses__()} if isinstance(Intent, type) else set()
    assert not intents & {cls.__name__ for cls in KINDS.values()}


def test_every_route_is_documented() -> None:
    """docs/wire.md names each path a phone, wall or terminal can ask for, each probe, and the control port's."""
    text = read("docs/wire.md")
    assert {"/", "/v1/intents", "/wall"} <= routes.PATHS and probes.PATHS and control.PATHS
    named = {path for span in spans(text) for path in re.findall(r"(?:^|\s)(/[\w./-]*)", span)}
    assert sorted((routes.PATHS | probes.PATHS | control.PATHS) - named) == []


SEAT_VIEWS = (
    *(views.SeatView, views.Me, views.OpenSeat, views.ResultSeat, views.QuestionView, views.OptionView),
    *(views.TargetView, views.GroupView, views.SayView, views.Bye),
)


@pytest.mark.parametrize("view", SEAT_VIEWS, ids=lambda view: view.__name__)
def test_every_field_of_a_phones_view_is_documented_and_no_other(view: type[views.View]) -> None:
    """docs/wire.md has a table for each part, so that a program can take part from the document alone."""
    part = read("docs/wire.md").partition(f"### {view.__name__}\n")[2].partition("\n#")[0]
    first = [row.split("|")[1] for row in part.splitlines() if row.startswith("| `")]
    told = [field for cell in first for field in re.findall(r"`(\w+)`", cell)]
    assert sorted(told) == sorted(view.__struct_encode_fields__)


def test_every_part_of_a_phones_view_has_its_table() -> None:
    """A new struct inside SeatView is found by its type, so it cannot be forgotten above."""
    names = {f"{one.__name__}" for one in SEAT_VIEWS}
    used = {name for one in SEAT_VIEWS for field in one.__annotations__.values() for name in re.findall(r"\w+", field)}
    assert {name for name in used if isinstance(getattr(views, name, None), type)} - {"View"} <= names


def test_no_route_is_registered_beside_the_tables() -> None:
    """The tables above are the whole truth: nothing else in lan/ gives a path to a router as a literal."""
    adds = {"add_get", "add_post", "add_put", "add_route", "add_head", "add_delete"}
    calls = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("fieldkit/lan")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in adds
        if any(isinstance(arg, ast.Constant) for arg in node.args)
    ]
    assert calls == []


def test_every_pack_field_is_documented() -> None:
    """docs/packs.md and docs/programs.md name each field of the models, and each activity type."""
    text = read("docs/packs.md") + read("docs/programs.md")
    missing = []
    package = importlib.import_module("fieldkit.packs")
    seen: set[type] = set()
    for info in pkgutil.iter_modules(package.__path__, "fieldkit.packs."):
        module = importlib.import_module(info.name)
        for one in vars(module).values():
            if isinstance(one, type) and hasattr(one, "__struct_encode_fields__") and one.__module__ == info.name:
                seen.add(one)
    part = importlib.import_module("fieldkit.packs.fields").Part
    for struct in seen:
        if issubclass(struct, part):
            missing += [f"{struct.__name__}.{f}" for f in struct.__struct_encode_fields__ if f"`{f}`" not in text]
    assert seen and not missing, missing


def test_every_setting_is_documented() -> None:
    """docs/settings.md names each setting of config.toml, its variable, and each field of the policy."""
    config = importlib.import_module("fieldkit.config")
    text = read("docs/settings.md")
    assert [name for name in (*config.SETTINGS, *config.POLICY) if f"`{name}`" not in text] == []
    assert [name for name in config.SETTINGS if f"FIELDKIT_{name.upper()}" not in text] == []


def test_every_verb_of_ctl_is_documented() -> None:
    """docs/commands.md lists what `fieldkit ctl` can say, and offers nothing that it would only refuse."""
    text = read("docs/commands.md")
    assert [verb for verb in LISTED if f"\n  {verb} " not in text] == []
    assert [verb for verb in VERBS if verb not in LISTED and f"\n  {verb} " in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_a_document_names_exists(document: Path) -> None:
    """Links and paths in code spans lead somewhere."""
    text = document.read_text("utf-8")
    dead = [link for link in LINK.findall(text) if "://" not in link and not (document.parent / link).exists()]
    dead += [span for span in spans(text) if OWN_PATH.match(span.strip()) and not (ROOT / span.strip()).exists()]
    assert not dead, dead


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_a_document_names_exists(document: Path) -> None:
    """`fieldkit xyz` in a code span is a command of this release, sub-command included."""
    unknown = []
    for span in spans(document.read_text("utf-8")):
        for _, name, sub in FIELDKIT.findall(span):
            if name not in COMMANDS:
                unknown.append(f"fieldkit {name}")
                continue
            below = getattr(load(name), "commands", None)
            if name == "ctl" and sub and sub not in LISTED and sub != "status":
                unknown.append(f"fieldkit ctl {sub}")
            if below and sub and sub not in below:
                unknown.append(f"fieldkit {name} {sub}")
    assert not unknown, unknown


def test_every_document_that_the_code_names_exists() -> None:
    """A docstring that sends its reader to a document sends them somewhere."""
    named = re.compile(r"\bdocs/[\w/-]+\.(?:md|sh)\b")
    dead = [
        f"{name_of(path)}: {link}"
        for path in every_file()
        if path.suffix in (".py", ".yaml", ".html", ".js", ".toml")
        for link in named.findall(path.read_text("utf-8"))
        if not (ROOT / link).exists()
    ]
    assert not dead, "\n".join(sorted(set(dead)))


def test_architecture_stays_readable_in_one_sitting() -> None:
    """At most 200 lines."""
    assert read("docs/architecture.md").count("\n") <= 200
