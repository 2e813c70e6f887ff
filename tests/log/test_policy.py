"""Head office's policy as a note: what it says, what it refuses, what it makes of a session's rules."""

from __future__ import annotations

import hashlib
import re

import msgspec
import pytest

from fieldkit.core.personal import SWITCHES
from fieldkit.core.records import Policy
from fieldkit.errors import BadBytes, NotPossible
from fieldkit.log.keys import Signer
from fieldkit.log.note import parse_day, sign_note
from fieldkit.log.policy import (
    GROUNDS,
    NUMBERS,
    Retention,
    in_force,
    newer,
    open_policy,
    parse_policy,
    policy_note,
    policy_text,
    profiled,
    read_held,
    unlocked,
)
from fieldkit.log.trust import TrustKey, TrustList
from tests.house.tree import ROOT as TREE

ORG = "ld.acme.example"
NOON = parse_day("2026-11-22")
LINES = [
    *("keep_days 14", "grace_min 5", "seal answers", "agreement BV-2026-04 §3"),
    *("retention loto-basics 1825 duty 29 CFR 1910.147", "retention * 365 contract"),
    *("field email no", "field badge yes", "export discussion no"),
]


def signer(name: str) -> Signer:
    return Signer(f"{ORG}/{name}", hashlib.sha256(f"fieldkit test key {name}".encode()).digest())


OFFICE, ROOT, DEVICE = signer("office"), signer("root"), signer("dev/7q2k")


def trust(**revoked: int) -> TrustList:
    kinds = (("office", OFFICE), ("root", ROOT), ("device", DEVICE))
    keys = tuple(TrustKey(kind, key.vkey, NOON - 86_400, NOON + 86_400 * 300, revoked.get(kind)) for kind, key in kinds)
    return TrustList(ORG, 3, NOON, NOON + 86_400, keys)


def text(*lines: str, version: int = 2, org: str = ORG) -> str:
    return policy_text(org, version, NOON, list(lines))


def test_a_policy_says_what_its_lines_say() -> None:
    raw = policy_note(text(*LINES), OFFICE)
    policy = open_policy(raw, trust(), NOON)
    assert (policy.org, policy.version, policy.issued) == (ORG, 2, NOON)
    assert policy.numbers == {"keep_days": 14, "grace_min": 5} and policy.seal == "answers"
    assert (policy.off, policy.locked, policy.agreement) == (["email"], ["discussion"], "BV-2026-04 §3")
    assert policy.of("loto-basics") == Retention("loto-basics", 1825, "duty", "29 CFR 1910.147")
    assert policy.of("other") == Retention("*", 365, "contract")
    assert policy.sha256 == hashlib.sha256(text(*LINES).encode()).hexdigest()
    assert read_held(raw) == policy


def test_an_agreement_about_named_figures_is_recorded_in_sessions_and_nothing_else_is() -> None:
    """Only where head office's policy names one: a laptop's own settings cannot."""
    policy = parse_policy(text("agreement BV-2026-04", "named_figures BV-2026-07 §2"))
    assert policy.named == "BV-2026-07 §2"
    assert in_force(policy, Policy(), "any").named == "BV-2026-07 §2"
    for none in (None, parse_policy(text("agreement BV-2026-04"))):
        rules = in_force(none, Policy(), "any")
        assert rules.named is msgspec.UNSET and "named" not in msgspec.to_builtins(rules)
    assert in_force(parse_policy(text()), Policy(named="my own"), "any").named is msgspec.UNSET
    for bad in ("named_figures", "named_figures ", "named_figures a\tb", "named_figures " + "x" * 81):
        with pytest.raises(BadBytes, match="bad-policy"):
            text(bad)
    with pytest.raises(BadBytes, match="bad-policy"):
        text("named_figures A", "named_figures B")


@pytest.mark.parametrize("key", [OFFICE, ROOT], ids=["office", "root"])
def test_the_office_or_root_signs_it(key: Signer) -> None:
    assert open_policy(policy_note(text(), key), trust(), NOON).version == 2


def test_nobody_else_signs_it_and_a_revoked_key_vouches_for_nothing() -> None:
    for raw, listed in (
        (policy_note(text(), DEVICE), trust()),
        (policy_note(text(), signer("dev/other")), trust()),
        (policy_note(text(), OFFICE), trust(office=NOON)),
    ):
        with pytest.raises(BadBytes) as wrong:
            open_policy(raw, listed, NOON)
        assert wrong.value.reason == "no-known-signature"


def test_a_changed_byte_another_organisation_and_another_note_are_refused() -> None:
    good = policy_note(text("keep_days 14"), OFFICE)
    cases = {
        "bad-signature": good.replace(b"keep_days 14", b"keep_days 15"),
        "wrong-org": policy_note(text(org="other.example"), OFFICE),
        "wrong-note-type": sign_note(f"fieldkit-trust/1\norg {ORG}\nversion 2\nissued 2026-11-22T00:00:00Z\n", OFFICE),
        "not-a-note": good[:40],
        "too-long": policy_note(text(), OFFICE) + b"x" * 70_000,
    }
    for reason, raw in cases.items():
        with pytest.raises(BadBytes) as wrong:
            open_policy(raw, trust(), NOON)
        assert wrong.value.reason == reason


def test_lines_of_a_later_release_are_passed_over() -> None:
    """And kept apart, so that they can be told; the known ones hold."""
    body = text("keep_days 14").rstrip("\n") + "\nspeech never\nfield heartbeat no\nexport payroll no\n"
    policy = parse_policy(body)
    assert policy.numbers == {"keep_days": 14} and not policy.fields and not policy.exports
    assert policy.others == ("speech never", "field heartbeat no", "export payroll no")


@pytest.mark.parametrize(
    "line",
    [
        *("access_days 29", "access_days 36501", "access_days", "access_days -1", "access_days 30\naccess_days 30"),
        *("held_days 29", "held_days 36501", "held_days", "held_days x", "held_days 30\nheld_days 31"),
        *("keep_days", "keep_days -1", "keep_days 1e3", "keep_days 99999999", "keep_days  3", "keep_days 3 ", "k 1"),
        *("seal all", "seal", "agreement", "agreement \u202eBV", "agreement " + "x" * 81, "agreement  two"),
        *("retention *", "retention * 0 duty", "retention * 9 because", "retention A 9 duty", "retention ../x 9 duty"),
        *("retention * 9 duty a\u2028b", "field", "field email", "field email maybe", "field E no", "export answers"),
        *("profile", "profile all", "profile Roster", "profile roster full", "profile  roster"),
        *("", " ", "-", "\u0661 1", "Keep_days 3", "field [/] no"),
    ],
)
def test_a_known_line_that_cannot_be_read_refuses_the_whole(line: str) -> None:
    """Half a policy would be another policy."""
    with pytest.raises(BadBytes) as wrong:
        parse_policy(f"fieldkit-policy/1\norg {ORG}\nversion 1\nissued 2026-11-22T00:00:00Z\n{line}\n")
    assert wrong.value.reason in ("bad-policy", "bad-number", "bad-note")
    assert "\u202e" not in str(wrong.value.detail) and len(str(wrong.value.detail)) < 200


@pytest.mark.parametrize(
    "pair",
    [
        ("k 5", "k 6"),
        ("field email no", "field email yes"),
        ("profile full", "profile roster"),
        ("retention * 9 duty",) * 2,
    ],
)
def test_one_thing_is_said_once(pair: tuple[str, str]) -> None:
    with pytest.raises(BadBytes, match="bad-policy"):
        text(*pair)


def test_whoever_writes_one_is_told_of_a_line_that_says_nothing() -> None:
    with pytest.raises(BadBytes, match="bad-policy"):
        text("keep_day 14")


def test_ten_thousand_lines_are_too_many() -> None:
    with pytest.raises(BadBytes, match="too-long"):
        parse_policy(text().rstrip("\n") + "\n" + "future 1\n" * 10_000)


def test_an_older_or_the_same_version_never_follows() -> None:
    held = parse_policy(text(version=5))
    for version in (4, 5):
        with pytest.raises(BadBytes, match="not-newer"):
            newer(held, parse_policy(text(version=version)))
    assert newer(held, parse_policy(text(version=6))).version == 6


def test_head_offices_word_holds_and_the_laptops_own_where_it_says_nothing() -> None:
    own = Policy(grace_min=20, share_min=60, keep_days=90, agreement="old", legal="own")
    rules = in_force(parse_policy(text(*LINES)), own, "loto-basics")
    assert (rules.grace_min, rules.share_min, rules.keep_days, rules.seal) == (5, 60, 14, "answers")
    assert (rules.agreement, rules.off, rules.locked) == ("BV-2026-04 §3", ["email"], ["discussion"])
    assert (rules.retain, rules.ground, rules.legal, rules.version) == (1825, "duty", "29 CFR 1910.147", 2)
    assert in_force(parse_policy(text(*LINES)), own, "other").legal == "own"
    assert in_force(None, own, "other") is own
    assert msgspec.convert(msgspec.to_builtins(rules), Policy) == rules
    assert set(GROUNDS) == {"duty", "contract", "agreement", "interest", "consent"}


def test_a_locked_table_is_not_exported_alone_nor_among_all() -> None:
    for what in ("discussion", "all"):
        with pytest.raises(NotPossible):
            unlocked(["discussion"], what)
    unlocked(["discussion"], "attendance")
    unlocked([], "all")


def test_a_locked_profile_is_head_offices_or_else_the_laptops_own() -> None:
    own = Policy(profile="roster")
    assert in_force(parse_policy(text("profile full")), own, "x").profile == "full"
    assert in_force(parse_policy(text("keep_days 3")), own, "x").profile == in_force(None, own, "x").profile == "roster"
    assert not in_force(parse_policy(text("keep_days 3")), Policy(), "x").profile
    assert b"profile" not in msgspec.json.encode(in_force(parse_policy(text("k 6")), Policy(), "x"))


def test_a_locked_profile_stands_for_none_and_refuses_another() -> None:
    assert profiled("roster", "", "attendance") == profiled("roster", "roster", "all") == "roster"
    assert profiled("", "full", "answers") == profiled(None, "full", "answers") == "full"
    assert profiled("", "", "answers") == ""
    for locked, asked, what in (("roster", "full", "attendance"), ("roster", "", "answers"), ("", "roster", "due")):
        with pytest.raises(NotPossible):
            profiled(locked, asked, what)


def test_the_document_names_every_line_word_and_ground() -> None:
    """docs/policy.md: what can be written, and no more switches than there are."""
    text = (TREE / "docs/policy.md").read_text("utf-8")
    words = {*NUMBERS, *GROUNDS, *SWITCHES, "seal", "agreement", "profile", "retention", "field", "export"}
    assert [word for word in sorted(words) if not re.search(rf"`{word}\b", text)] == []
    table = text.partition("WORD is one of:")[2].partition("The phone's page")[0]
    first = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert sorted(word for cell in first for word in re.findall(r"`(\w+)`", cell)) == sorted(SWITCHES)
