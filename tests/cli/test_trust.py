"""`trust accept` and `trust show`: what changed, in words; and every list that must change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.log.accepted import BEFORE
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.station import Station
from tests.cli.kit import Done, fieldkit

ORG = "ld.acme.example"
FAR = 4_102_444_800  # 2100-01-01
ROOT, HEIR = Signer(f"{ORG}/root", b"r" * 32), Signer(f"{ORG}/root", b"h" * 32)


THEIRS = TrustKey("root", VKey("other.example/root", 1, ROOT.vkey.pub), 0, FAR)
MOVED = trust_note(TrustList("other.example", 9, 0, FAR, (THEIRS,)), ROOT)
"""Of another organisation, signed with our own root."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def note(version: int, *lines: TrustKey, org: str = ORG, root: Signer = ROOT, expires: int = FAR) -> bytes:
    keys = (TrustKey("root", root.vkey, 0, FAR), *lines)
    return trust_note(TrustList(org, version, 0, expires, keys), root)


def accept(home: Path, raw: bytes, *args: str, root: Signer | None = None) -> Done:
    file = home.parent / "in.note"
    file.write_bytes(raw)
    return fieldkit("trust", "accept", str(file), *(["--root", str(root.vkey)] if root else []), *args, home=home)


def line(name: str, n: int = 1, kind: str = "device", revoked: int | None = None) -> TrustKey:
    return TrustKey(kind, Signer(f"{ORG}/{name}", bytes([n]) * 32).vkey, 0, FAR, revoked)


def test_who_joined_and_who_was_revoked_is_said(home: Path) -> None:
    assert accept(home, note(1, line("dev/7q2k")), root=ROOT).code == 0
    new = note(2, line("dev/7q2k", revoked=86_400), line("dev/8r3m", 2), line("fac/9k3m", 3, "facilitator"))
    done = accept(home, new)
    told = done.talk.splitlines()
    assert done.code == 0 and "What changed since version 1:" in told
    assert f"Laptop {ORG}/dev/7q2k is revoked from 1970-01-02 on." in told
    assert f"Laptop {ORG}/dev/8r3m joined, until 2100-01-01." in told
    assert f"Trainer {ORG}/fac/9k3m joined for all packs, until 2100-01-01." in told
    shown = fieldkit("trust", "show", "--json", home=home).document
    assert [one["code"] for one in shown["changes"]] == ["revoked", "joined", "joined"]
    again = accept(home, new)
    assert again.code == 0 and "held already" in again.talk and "What changed" not in again.talk
    dates = accept(
        home, note(3, line("dev/7q2k", revoked=86_400), line("dev/8r3m", 2), line("fac/9k3m", 3, "facilitator"))
    )
    assert "only the dates" in dates.talk


def test_a_root_that_is_given_is_looked_at_although_a_list_is_held(home: Path) -> None:
    raw = note(1)
    assert accept(home, raw, root=ROOT).code == 0
    assert accept(home, raw, root=HEIR).code == 1
    assert accept(home, note(2), root=HEIR).code == 1
    assert accept(home, raw, "--root", f"{ROOT.vkey}x").code == 2
    assert accept(home, raw, "--root", "six words of nobody at all").code == 1
    shown = fieldkit("trust", "show", "--json", home=home).document
    assert shown["version"] == 1


def test_a_root_that_changed_is_a_warning(home: Path) -> None:
    assert accept(home, note(1), root=ROOT).code == 0
    keys = (TrustKey("root", ROOT.vkey, 0, FAR, 86_400), TrustKey("root", HEIR.vkey, 0, FAR))
    done = accept(home, trust_note(TrustList(ORG, 2, 0, FAR, keys), ROOT, HEIR))
    assert done.code == 0 and f"warning: Root key {ORG}/root+{HEIR.vkey.keyid.hex()} is new" in done.talk
    assert accept(home, note(3)).code == 1
    assert accept(home, note(3, root=HEIR)).code == 0


def test_a_name_that_looks_like_another_is_a_warning(home: Path) -> None:
    assert accept(home, note(1, line("fac/bill", 1, "facilitator")), root=ROOT).code == 0
    done = accept(home, note(2, line("fac/bill", 1, "facilitator"), line("fac/bi11", 2, "facilitator")))
    assert done.code == 0 and f"warning: {ORG}/fac/bi11 can be taken for {ORG}/fac/bill" in done.talk


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (note(4), "not-newer"),
        (note(9, root=HEIR), "no-known-signature"),
        (note(9).replace(b"version 9", b"version 8"), "bad-signature"),
        (MOVED, "wrong-org"),
        (b"", "not-a-note"),
        (b"\x1b[2J\x00\xff", "not-utf8"),
        ("Ann [/] Lee \u202e".encode() * 9, "not-a-note"),
        (note(9)[:-20], "not-a-note"),
    ],
    ids=["downgrade", "stranger", "changed", "other-org", "empty", "escape", "markup", "cut"],
)  # fmt: skip
def test_what_may_not_follow_changes_nothing(home: Path, raw: bytes, reason: str) -> None:
    assert accept(home, note(5), root=ROOT).code == 0
    held = (home / "trust.note").read_bytes()
    for root in (None, ROOT, HEIR):
        done = accept(home, raw, root=root)
        assert done.code == 1 and f"({reason})" in done.talk and "hint: " in done.talk, done.talk
        assert "\x1b" not in done.talk and "Traceback" not in done.talk
    assert (home / "trust.note").read_bytes() == held and not (home / BEFORE).exists()


def test_the_first_list_is_of_the_organisation_of_the_settings(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text(f'org = "{ORG}"\n', "utf-8")
    other = Signer("other.example/root", b"o" * 32)
    done = accept(home, note(1, org="other.example", root=other), root=other)
    assert done.code == 1 and "wrong-org" in done.talk and ORG in done.talk
    assert accept(home, note(1), root=ROOT).code == 0


def test_an_organisation_that_only_looks_like_ours_is_refused(home: Path) -> None:
    """The laptop was born under its organisation; the settings have been lost since."""
    Station.open(home, org=ORG)
    twin = Signer("ld.acme.examp1e/root", b"t" * 32)
    done = accept(home, note(1, org="ld.acme.examp1e", root=twin), root=twin)
    assert done.code == 1 and "can be taken for" in done.talk
    other = Signer("other.example/root", b"o" * 32)  # a laptop may move to another organisation
    assert accept(home, note(1, org="other.example", root=other), root=other).code == 0


def test_several_files_are_taken_oldest_first(home: Path) -> None:
    """From a folder with every list there is: what is older than the one held is passed over."""
    assert accept(home, note(2), root=ROOT).code == 0
    files = []
    for version in (4, 1, 3, 2):
        path = home.parent / f"{version}.note"
        path.write_bytes(note(version, *([line("dev/7q2k")] if version > 2 else [])))
        files.append(str(path))
    done = fieldkit("trust", "accept", *files, "--json", home=home)
    assert done.code == 0 and done.document["version"] == 4
    assert [one["code"] for one in done.document["changes"]] == ["joined"]
    assert fieldkit("trust", "accept", str(home.parent / "1.note"), "--json", home=home).code == 1


def test_a_list_that_has_run_out_is_a_warning_and_training_goes_on(home: Path) -> None:
    done = accept(home, note(1, expires=86_400), root=ROOT)
    assert done.code == 0 and "EXPIRED" in done.text and "Training goes on" in done.talk
    assert "warning: This trust list has run out." in fieldkit("trust", "show", home=home).talk
    checks = {one["check"]: one for one in fieldkit("doctor", "--json", home=home).document["checks"]}
    assert checks["trust"]["ok"] is False
    assert Station.open(home).trust is not None and accept(home, note(2)).code == 0
