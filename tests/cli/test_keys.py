"""Who this laptop is, and whom it trusts: `key`, `enrol`, `trust`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fieldkit.log.keys import Signer, six_words
from fieldkit.log.trust import TrustKey, TrustList, parse_enrol, trust_note
from tests.cli.kit import Done, fieldkit

DAY = 86_400
FAR = 4_102_444_800  # 2100-01-01
ORG = "ld.acme.example"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def root() -> Signer:
    return Signer(f"{ORG}/root", b"r" * 32)


def listed(root: Signer, version: int, *extra: TrustKey, org: str = ORG) -> bytes:
    """A trust list of `version`, signed by `root`."""
    keys = (TrustKey("root", root.vkey, 0, FAR), *extra)
    return trust_note(TrustList(org, version, 0, FAR, keys), root)


def accept(home: Path, tmp_path: Path, raw: bytes, *args: str) -> Done:
    file = tmp_path / "trust.note"
    file.write_bytes(raw)
    return fieldkit("trust", "accept", str(file), *args, home=home)


def test_the_laptop_shows_one_key_and_always_the_same(home: Path) -> None:
    """The key is made once; a device's name is for ever."""
    first = fieldkit("key", "show", "--json", home=home).document
    second = fieldkit("key", "show", "--json", home=home).document
    assert first == second
    assert set(first) == {"device", "facilitators", "org"} and first["facilitators"] == []
    assert first["device"]["vkey"].startswith("laptop.fieldkit/dev/")
    assert len(first["device"]["words"].split(" ")) == 6
    assert stat.S_IMODE((home / "keys" / "device.key").stat().st_mode) == 0o600


def test_the_key_is_born_under_the_organisation_of_the_settings(home: Path) -> None:
    """`org` in config.toml before the first start names the laptop."""
    home.mkdir()
    (home / "config.toml").write_text(f'org = "{ORG}"\n', "utf-8")
    assert fieldkit("key", "show", "--json", home=home).document["device"]["vkey"].startswith(f"{ORG}/dev/")


def test_enrol_writes_a_note_that_names_the_key_and_shows_its_words(home: Path, tmp_path: Path) -> None:
    """What head office compares by voice is what the note holds."""
    note = tmp_path / "enrol.note"
    done = fieldkit("enrol", "-o", str(note), "--json", home=home)
    read = parse_enrol(note.read_bytes())
    assert done.code == 0
    assert done.document == {"words": six_words(read.vkey), "vkey": str(read.vkey)}
    again = fieldkit("enrol", "-o", str(tmp_path / "b.note"), home=home)
    assert again.text.strip() == six_words(read.vkey)
    assert (tmp_path / "b.note").read_bytes() == note.read_bytes()
    piped = fieldkit("enrol", "-o", "-", home=home)
    assert piped.out == note.read_bytes() and six_words(read.vkey) in piped.talk
    assert fieldkit("enrol", "-o", "-", "--json", home=home).code == 2
    assert fieldkit("enrol", home=home).code == 2
    assert fieldkit("enrol", "-o", str(tmp_path / "no" / "x"), home=home).code == 2


def test_the_first_list_needs_the_root_that_was_given_by_another_way(home: Path, tmp_path: Path, root: Signer) -> None:
    """Without --root nothing is trusted; with another root neither."""
    raw = listed(root, 1)
    assert accept(home, tmp_path, raw).code == 2
    other = Signer(f"{ORG}/root", b"o" * 32)
    assert accept(home, tmp_path, raw, "--root", str(other.vkey)).code == 1
    for nonsense in ("", "x", "a+b+c", str(root.vkey)[:-2], "\x1b[2J+a+b"):
        done = accept(home, tmp_path, raw, "--root", nonsense)
        assert done.code == 2 and "\x1b" not in done.talk
    assert fieldkit("trust", "show", home=home).code == 1
    assert accept(home, tmp_path, raw, "--root", str(root.vkey)).code == 0
    assert fieldkit("trust", "show", "--json", home=home).document["version"] == 1


def test_later_lists_are_taken_under_the_list_held(home: Path, tmp_path: Path, root: Signer) -> None:
    """Newer only; the same again is fine; an older or foreign one is refused and changes nothing."""
    assert accept(home, tmp_path, listed(root, 2), "--root", str(root.vkey)).code == 0
    held = (home / "trust.note").read_bytes()
    assert accept(home, tmp_path, held).code == 0
    stranger = Signer(f"{ORG}/root", b"s" * 32)
    for raw in (listed(root, 1), listed(stranger, 9), b"", b"\x00" * 100, held[:-9], b"x" * (1 << 21)):
        done = accept(home, tmp_path, raw, "--root", str(stranger.vkey))
        assert done.code == 1 and "Traceback" not in done.talk, raw[:20]
    assert (home / "trust.note").read_bytes() == held
    assert accept(home, tmp_path, listed(root, 3)).code == 0


def test_show_says_whether_this_laptop_is_listed(home: Path, tmp_path: Path, root: Signer) -> None:
    """The state of the own key is what the trainer wants to know."""
    fieldkit("enrol", "-o", str(tmp_path / "e"), home=home)
    vkey = parse_enrol((tmp_path / "e").read_bytes()).vkey
    assert accept(home, tmp_path, listed(root, 1), "--root", str(root.vkey), "--json").document["listed"] is None
    done = accept(home, tmp_path, listed(root, 2, TrustKey("device", vkey, 0, FAR)), "--json")
    assert done.document["listed"] == "ok"
    assert fieldkit("trust", "show", home=home).text.count("dev/") == 1


def test_a_facilitators_key_is_behind_its_passphrase(home: Path, tmp_path: Path) -> None:
    """Made once an id, sealed, public half shown without asking."""
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n", "utf-8")
    done = fieldkit("key", "facilitator", "new", "9k3m", "--passphrase-file", str(secret), "--json", home=home)
    assert done.code == 0 and "/fac/9k3m+" in done.document["vkey"]
    raw = (home / "keys" / "fac-9k3m.key").read_bytes()
    assert raw.startswith(b"age-encryption.org/v1") and b"seed" not in raw
    assert Signer.load(home / "keys" / "fac-9k3m.key", "correct horse").vkey.name.endswith("/fac/9k3m")
    assert fieldkit("key", "show", "--json", home=home).document["facilitators"] == [done.document["vkey"]]
    assert fieldkit("key", "facilitator", "new", "9k3m", "--passphrase-file", str(secret), home=home).code == 1


def test_a_key_without_a_passphrase_is_only_made_on_request(home: Path, tmp_path: Path) -> None:
    """No terminal, no file: exit 2 rather than an unlocked key."""
    assert fieldkit("key", "facilitator", "new", "abcd", home=home).code == 2
    (tmp_path / "empty").write_text("\n", "utf-8")
    assert (
        fieldkit("key", "facilitator", "new", "abcd", "--passphrase-file", str(tmp_path / "empty"), home=home).code == 2
    )
    assert (
        fieldkit("key", "facilitator", "new", "abcd", "--passphrase-file", str(tmp_path / "gone"), home=home).code == 3
    )
    endless = ("--passphrase-file", "/dev/zero")  # it has no size and no end
    assert fieldkit("key", "facilitator", "new", "abcd", *endless, home=home).code == 2
    both = ("--no-passphrase", "--passphrase-file", str(tmp_path / "empty"))
    assert fieldkit("key", "facilitator", "new", "abcd", *both, home=home).code == 2
    assert not list((home / "keys").glob("fac-*"))
    assert fieldkit("key", "facilitator", "new", "abcd", "--no-passphrase", home=home).code == 0
    for bad in ("", "a", "ABCD", "../x", "a" * 13, "é123"):
        assert fieldkit("key", "facilitator", "new", bad, "--no-passphrase", home=home).code == 2
