"""Finding packs, the schema, and `fieldkit pack …` as a person types it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import NotPossible
from fieldkit.packs.archive import write_archive
from fieldkit.packs.find import find_pack, list_packs
from fieldkit.packs.read import read_pack
from fieldkit.packs.schema import schema
from tests.cli.kit import fieldkit
from tests.packs.kit import REFRESHER, ROOT, pack, write


def install(home: Path, **changes: Any) -> Path:
    made = pack(**changes)
    return write(home / "packs" / f"{made['id']}-{made['version']}", made)


def test_an_id_means_the_newest_version_installed_or_shipped(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    old, new = install(tmp_path, version="1.9.0"), install(tmp_path, version="1.10.0")
    install(tmp_path, version="1.10.0-rc.1")
    assert find_pack("small", packs) == new != old
    assert find_pack("loto-basics", packs) == ROOT / "content_packs" / "loto-basics"
    older = install(tmp_path, id="loto-basics", version="1.0.9")
    assert find_pack("loto-basics", packs) != older, "what is shipped is newer"
    newer = install(tmp_path, id="loto-basics", version="99.0.0")
    assert find_pack("loto-basics", packs) == newer
    assert find_pack("small", packs) == new


def test_a_folder_or_an_archive_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", pack())
    archive = tmp_path / "small-1.0.0.fkpack"
    archive.write_bytes(write_archive(read_pack(folder).files))
    assert find_pack(str(folder)) == folder and find_pack(str(archive)) == archive
    (tmp_path / "packs").mkdir()
    archive.rename(tmp_path / "packs" / archive.name)
    assert find_pack("small", tmp_path / "packs").name == archive.name


@pytest.mark.parametrize("name", ["loto-basic", "", "../x", "a\0b", "x" * 5000, "/nowhere", "x.fkpack", "ä", "-"])
def test_what_is_not_there_is_an_answer_with_a_hint(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotPossible) as caught:
        find_pack(name, tmp_path)
    assert caught.value.hint and len(caught.value.sentence) < 200
    if name == "loto-basic":
        assert "loto-basics" in caught.value.hint


def test_a_damaged_pack_in_the_folder_is_listed_with_its_problem(tmp_path: Path) -> None:
    write(tmp_path / "bad", {"nonsense": 1})
    (tmp_path / "broken.fkpack").write_bytes(b"no zip")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = {p.id: p.problem for p in list_packs(tmp_path) if p.origin == "installed"}
    assert "does not say what it is" in found["bad"] and "zip" in found["broken"]


def test_versions_that_are_no_numbers_are_put_in_an_order(tmp_path: Path) -> None:
    """`²` is a digit for Python and no number, and 5,000 digits are none that it reads."""
    for n, version in enumerate(("1.².0", "9" * 5000, "1.2.0")):
        write(tmp_path / f"p{n}", {"id": "press", "version": version, "title": "Press", "duration": 5})
    assert next(p.version for p in list_packs(tmp_path) if p.id == "press") == "1.2.0"


def test_the_schema_knows_each_type_and_refuses_unknown_fields() -> None:
    made = schema()
    assert made["$schema"].startswith("https://json-schema.org/") and made["additionalProperties"] is False
    assert {"fieldkit", "id", "version", "title", "language", "duration", "segments"} == set(made["required"])
    for name, part in made["$defs"].items():
        assert part.get("additionalProperties") is False, name
    patterns = re.findall(r'"pattern": "([^"]+)"', json.dumps(made))
    assert patterns and all(re.compile(p) for p in patterns)
    for ref in re.findall(r'"#/\$defs/(\w+)"', json.dumps(made)):
        assert ref in made["$defs"]


def test_check_prints_each_problem_and_says_no(tmp_path: Path) -> None:
    done = fieldkit("pack", "check", str(REFRESHER), home=tmp_path)
    assert done.code == 1 and "error    media/press4.svg: There is no SVG" in done.text
    assert "write: Redraw it as PNG." in done.text and "cannot be run: 1 error" in done.talk
    done = fieldkit("pack", "check", str(REFRESHER), "--json", home=tmp_path)
    assert done.code == 1 and done.document["errors"] == 1 and not done.document["ok"] and not done.talk
    first = done.document["problems"][0]
    assert set(first) == {"level", "file", "line", "place", "sentence", "instead"} and first["level"] == "error"


def test_check_of_a_good_pack_says_yes(tmp_path: Path) -> None:
    done = fieldkit("pack", "check", "toolbox-blank", home=tmp_path)
    assert (done.code, done.text) == (0, "") and "can be run: 0 errors, 0 warnings" in done.talk
    assert fieldkit("pack", "check", "toolbox-blank", "--quiet", home=tmp_path).talk == ""


def test_show_speaks_the_language_asked_for(tmp_path: Path) -> None:
    done = fieldkit("pack", "show", "loto-basics", "--lang", "es", home=tmp_path)
    assert done.code == 0 and "Bloqueo y etiquetado" in done.text and "Completed with: attendance 80 %" in done.text
    assert fieldkit("pack", "show", "loto-basics", "--lang", "fr", home=tmp_path).code == 2
    done = fieldkit("pack", "show", "loto-basics", "--json", home=tmp_path)
    assert done.document["plan"]["id"] == "loto-basics" and len(done.document["plan_hash"]) == 64


def test_show_of_a_broken_pack_is_one_sentence_and_a_hint(tmp_path: Path) -> None:
    done = fieldkit("pack", "show", str(write(tmp_path / "p", pack(duration=1))), home=tmp_path)
    assert done.code == 2 and "hint: " in done.talk and "Traceback" not in done.talk and not done.text


def test_list_and_schema_and_i18n(tmp_path: Path) -> None:
    """The quiet commands: their data is whole and on standard output."""
    done = fieldkit("pack", "list", "--json", home=tmp_path)
    assert [p["id"] for p in done.document] == sorted(p.name for p in (ROOT / "content_packs").iterdir())
    assert "toolbox-blank" in fieldkit("pack", "list", home=tmp_path).text
    assert fieldkit("pack", "schema", home=tmp_path).document == schema()
    shipped = (ROOT / "content_packs" / "loto-basics" / "i18n" / "es.yaml").read_text("utf-8")
    assert fieldkit("pack", "i18n", "loto-basics", "es", home=tmp_path).text == shipped
    assert fieldkit("pack", "i18n", "loto-basics", "en", home=tmp_path).code == 2
    assert fieldkit("pack", "i18n", "loto-basics", "../x", home=tmp_path).code == 2


@pytest.mark.parametrize("verb", ["check", "show"])
def test_hostile_paths_and_packs_give_one_sentence(verb: str, tmp_path: Path) -> None:
    (tmp_path / "x.fkpack").write_bytes(b"\x1b[2J")
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "pack.yaml").write_bytes(b'title: "\\e]0;x\\a"\n&a : *a')
    for name in ("none", "/none", "-x", "", str(tmp_path / "x.fkpack"), str(tmp_path / "e"), "\x1b[2J"):
        done = fieldkit("pack", verb, "--", name, home=tmp_path)
        assert done.code in (1, 2, 3) and "Traceback" not in done.talk and "mistake in fieldkit" not in done.talk, name
        assert "\x1b" not in done.text + done.talk
