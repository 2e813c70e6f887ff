"""Settings: file < environment < flags; unknown keys are refused with the nearest known one."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.config import POLICY, SETTINGS, Settings, default_home, load, policy_from, typed_path
from fieldkit.core.records import Policy
from fieldkit.errors import WrongUsage

DOC = Path(__file__).parents[1] / "docs" / "settings.md"


def written(home: Path, text: str) -> Path:
    """A data folder with a config.toml."""
    (home / "config.toml").write_text(text, "utf-8")
    return home


def test_nothing_said_is_the_defaults(tmp_path: Path) -> None:
    """An empty folder, or one that is not there yet."""
    assert load(tmp_path, {}) == Settings(home=tmp_path)
    assert load(tmp_path / "none", {"PATH": "/bin", "FIELDKIT_HOME": "x", "FIELDKIT_TEST_PG": "y"}).port is None


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """One setting each, and one that only the file has."""
    home = written(tmp_path, 'site = "file"\nport = 1\nlang = "es"\nallow_host = ["a.example"]\ntz = "Europe/Madrid"\n')
    env = {"FIELDKIT_SITE": "env", "FIELDKIT_PORT": "2", "FIELDKIT_ALLOW_HOST": "b.example, c.example"}
    found = load(home, env, {"site": "flag", "port": None, "allow_host": ()})
    assert (found.site, found.port, found.lang, found.tz) == ("flag", 2, "es", "Europe/Madrid")
    assert found.allow_host == ("b.example", "c.example")


def test_the_policy_is_put_together_field_by_field_and_a_file_replaces_it(tmp_path: Path) -> None:
    """`[policy]`, FIELDKIT_POLICY_…, --policy FILE."""
    home = written(tmp_path, "[policy]\ngrace_min = 5\nshare_min = 80\n")
    found = load(home, {"FIELDKIT_POLICY_SHARE_MIN": "60"})
    assert found.policy == Policy(grace_min=5, share_min=60)
    file = tmp_path / "strict.toml"
    file.write_text("grace_min = 0\n")
    assert load(home, {}, {"policy": file}).policy == Policy(grace_min=0)


@pytest.mark.parametrize(
    ("text", "env", "flags", "shown", "near"),
    [
        ('sight = "x"', {}, {}, "sight", "site"),
        ("[policy]\ngrace = 1", {}, {}, "grace", "grace_min"),
        ("", {"FIELDKIT_SITES": "x"}, {}, "FIELDKIT_SITES", "FIELDKIT_SITE"),
        ("", {"FIELDKIT_POLICY_SHARE": "1"}, {}, "FIELDKIT_POLICY_SHARE", "FIELDKIT_POLICY_SHARE_MIN"),
        ("", {}, {"hots": "x"}, "hots", "port"),
        ('home = "x"', {}, {}, "home", ""),
    ],
)
def test_unknown_keys_are_refused_with_the_nearest(
    tmp_path: Path, text: str, env: dict[str, str], flags: dict[str, object], shown: str, near: str
) -> None:
    """Everywhere where settings come from."""
    with pytest.raises(WrongUsage) as no:
        load(written(tmp_path, text), env, flags)
    assert shown in no.value.sentence and near in no.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "port = 70000", "port = -1", "port = true", 'port = "eighty"', "port = 1.5", "site = 4", 'org = "acme"',
        'org = "a..b"', 'org = "-a.b"', 'lang = "english please"', 'bind = "laptop"', 'bind = "1.2.3.4.5"',
        'allow_host = "http://x"', "allow_host = [4]", "allow_host = 4", 'tz = "Mars/Base"', 'tz = "../../etc/passwd"',
        "policy = 4", "[policy]\nshare_min = 101", "[policy]\nk = 1", '[policy]\nseal = "all"', "[policy]\nlegal = 4",
        "[policy]\ngrace_min = true", "site = ", "\x00", "a" * 70_000, "[" * 5000,
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_wrong_usage(tmp_path: Path, text: str) -> None:
    """One sentence with the place, and a hint."""
    with pytest.raises(WrongUsage) as no:
        load(written(tmp_path, text), {})
    assert "config.toml" in no.value.sentence and no.value.hint and len(str(no.value)) < 400


@given(st.dictionaries(st.text(max_size=12).map(lambda k: "FIELDKIT_" + k), st.text(max_size=30), max_size=3))
def test_any_environment_gives_settings_or_one_sentence(env: dict[str, str]) -> None:
    """Never another error."""
    try:
        load(Path("/nowhere"), env)
    except WrongUsage as no:
        assert no.sentence and no.hint


def test_a_policy_file_is_toml_or_json(tmp_path: Path) -> None:
    """Bare fields or a `policy` table; unknown fields and other shapes are refused."""
    good = {"p.toml": "share_min = 60", "q.toml": "[policy]\nshare_min = 60", "r.json": '{"share_min": 60}'}
    for name, text in good.items():
        (tmp_path / name).write_text(text)
        assert policy_from(tmp_path / name) == Policy(share_min=60)
    bad = {
        "a.json": "[]",
        "b.json": "{",
        "c.json": '{"shares": 1}',
        "d.toml": "x",
        "e.json": "[" * 10_000,
        "f.json": "",
    }
    for name, text in bad.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(WrongUsage):
            policy_from(tmp_path / name)
    with pytest.raises(WrongUsage):
        policy_from(tmp_path / "none.toml")


def test_foreign_names_are_cleaned_on_the_way_in(tmp_path: Path) -> None:
    """A site is foreign text too."""
    assert load(tmp_path, {"FIELDKIT_SITE": "Plant\u202e 4\x1b[2J"}).site == "Plant 4[2J"


def test_the_data_folder_is_named_or_the_platforms(tmp_path: Path) -> None:
    """FIELDKIT_HOME wins; nothing is created."""
    assert default_home({"FIELDKIT_HOME": str(tmp_path / "x")}) == tmp_path / "x"
    assert default_home({}).name == "fieldkit" and not (tmp_path / "x").exists()


def test_every_setting_is_in_the_document() -> None:
    """Name, variable, and policy fields; and the document names no other."""
    text = DOC.read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))
    assert named == {*SETTINGS, *POLICY}
    own = {field.name for field in msgspec.structs.fields(Policy) if field.default is not msgspec.UNSET}
    assert set(POLICY) == own | {"profile"}  # the others come from head office's policy only
    assert set(SETTINGS) == set(Settings.__struct_fields__) - {"home", "policy"}
    for key in (*SETTINGS, *(f"policy_{field}" for field in POLICY)):
        assert f"`FIELDKIT_{key.upper()}`" in text


def test_a_home_of_nobody_is_a_path_where_nothing_is() -> None:
    """`~nobody-here/x` raises in the library; typed into a form that was a mistake of the program."""
    assert typed_path("~nobody-here/x") == Path("~nobody-here/x") and not typed_path("~nobody-here/x").exists()
    assert typed_path("~") == Path.home() and typed_path("a/b") == Path("a/b")
    assert default_home({"FIELDKIT_HOME": "~nobody-here/x"}) == Path("~nobody-here/x")
