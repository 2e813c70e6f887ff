"""The trust list: the worked example, what makes a line void, and which list may follow which; enrolment."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey, six_words
from fieldkit.log.note import fields_text, parse_day, parse_utc, sign_note
from fieldkit.log.trust import (
    TrustKey,
    TrustList,
    accept,
    accept_first,
    enrol_note,
    open_trust,
    parse_enrol,
    parse_trust,
    trust_note,
)
from tests.log.given import CENTRAL, DEVICE, FACILITATOR, OFFICE, ORG, ROOT, WORKED, signer

RECIPIENT = "age1qqqexampleexampleexampleexampleexampleexampleexampleexamplq"
DAY = 86400


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(BadBytes) as caught:
        call()
    return caught.value.reason


def worked() -> TrustList:
    window = (parse_day("2026-01-01"), parse_day("2028-01-01"))
    year = (parse_day("2026-03-01"), parse_day("2027-03-01"))
    return TrustList(
        org=ORG,
        version=12,
        issued=parse_utc("2026-11-20T09:00:00Z"),
        expires=parse_utc("2027-02-20T09:00:00Z"),
        keys=(
            TrustKey("root", ROOT.vkey, *window),
            TrustKey("central", CENTRAL.vkey, *window),
            TrustKey("device", DEVICE.vkey, *year),
            TrustKey("facilitator", FACILITATOR.vkey, *year, packs=("loto-basics", "ladder-safety")),
        ),
        recipients=(RECIPIENT,),
    )


def next_one(**changes: object) -> TrustList:
    return msgspec.structs.replace(worked(), **({"version": 13} | changes))  # type: ignore[arg-type]


def test_the_worked_list_reproduces_byte_for_byte() -> None:
    raw = WORKED.joinpath("trust.note").read_bytes()
    assert trust_note(worked(), ROOT) == raw
    assert accept_first(raw, ROOT.vkey) == worked()


def test_a_list_answers_who_may_sign_what_until_when() -> None:
    trust = worked()
    assert trust.vkeys("device") == [DEVICE.vkey]
    assert trust.vkeys() == [key.vkey for key in trust.keys]
    device = trust.find(DEVICE.vkey)
    assert device is not None and trust.find(OFFICE.vkey) is None
    assert device.state(device.from_ - 1) == "not-yet"
    assert device.state(device.from_) == "ok"
    assert device.state(device.until - 1) == "ok"
    assert device.state(device.until) == "expired"
    revoked = msgspec.structs.replace(device, revoked=device.from_ + DAY)
    assert revoked.state(device.from_) == "ok"
    assert revoked.state(device.from_ + DAY) == revoked.state(device.until) == "revoked"
    assert not trust.expired(trust.expires - 1) and trust.expired(trust.expires)


def test_every_attribute_goes_round() -> None:
    key = TrustKey(
        "device", DEVICE.vkey, 0, DAY, revoked=DAY, site="hall-3", role="kiosk", packs=("loto-basics",)
    )  # fmt: skip
    trust = next_one(keys=(worked().keys[0], key))
    assert parse_trust(trust.text()) == trust
    assert key.line().endswith(
        "from=1970-01-01 until=1970-01-02 revoked=1970-01-02 site=hall-3 role=kiosk packs=loto-basics"
    )
    assert reason(lambda: trust_note(next_one(keys=(msgspec.structs.replace(key, site="hall 3"),)), ROOT)) == "bad-note"


# ---- void lines and refused lists ----------------------------------------------------------------------------

PLAIN = f"device {DEVICE.vkey} from=2026-03-01 until=2027-03-01"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (PLAIN + " colour=red", "unknown-attribute"),
        (PLAIN + " site", "unknown-attribute"),
        (PLAIN + " ", "unknown-attribute"),
        (PLAIN.replace(" from", "  from"), "unknown-attribute"),
        (PLAIN + " site=", "bad-attribute"),
        (PLAIN + " site=a=b", "bad-attribute"),
        (PLAIN + " packs=", "bad-attribute"),
        (PLAIN + " packs=A", "bad-attribute"),
        (PLAIN + " site=a revoked=2026-04-01", "not-canonical"),
        (PLAIN + " until=2027-03-01", "not-canonical"),
        (PLAIN + " revoked=2026-13-01", "bad-time"),
        (PLAIN.replace(" until=2027-03-01", ""), "no-window"),
        (PLAIN.replace("2027-03-01", "2026-03-01"), "bad-attribute"),
        (PLAIN.replace("device ", "facilitator "), "wrong-role"),
        (PLAIN.replace("device ", "root "), "wrong-role"),
        (PLAIN.replace("+8d9aa389+", "+8d9aa388+"), "bad-keyid"),
        ("device", "bad-vkey"),
        (f"device {VKey(DEVICE.name, 1, bytes(32))} from=2026-03-01 until=2027-03-01", "low-order-key"),
        (f"device {VKey(DEVICE.name, 4, DEVICE.vkey.pub)} from=2026-03-01 until=2027-03-01", "bad-key-type"),
        (f"office {signer('other.example/office').vkey} from=2026-03-01 until=2027-03-01", "wrong-org"),
        ("recipient AGE1QQQ", "bad-recipient"),
        ("recipient", "bad-recipient"),
    ],
)
def test_a_line_that_cannot_be_read_in_full_is_void_and_trusts_nobody(line: str, why: str) -> None:
    base = next_one(keys=worked().keys[:1])
    trust = parse_trust(base.text() + line + "\n")
    assert trust.void == ((line, why),)
    assert (trust.keys, trust.recipients) == (base.keys, base.recipients)


def test_unknown_lines_are_passed_over_but_an_empty_one_is_damage() -> None:
    text = worked().text()
    trust = parse_trust(text + "policy x y=z\nÜbung 1\n")
    assert trust.others == ("policy x y=z", "Übung 1")
    assert trust.keys == worked().keys
    assert reason(lambda: parse_trust(text + "\n")) == "bad-note"


def test_a_device_of_another_organisation_keeps_its_name() -> None:
    stray = signer("laptop.fieldkit/dev/0123456789ab", "stray")
    trust = next_one(keys=(*worked().keys, TrustKey("device", stray.vkey, 0, DAY)))
    assert parse_trust(trust.text()).find(stray.vkey) is not None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("fieldkit-trust/1", "fieldkit-trust/2", "wrong-note-type"),
        ("org ld.acme.example", "org ACME", "bad-name"),
        ("org ld.acme.example\n", "", "bad-note"),
        ("version 12", "version 012", "bad-number"),
        ("version 12", "version -1", "bad-number"),
        ("issued 2026", "issued 26", "bad-time"),
        ("expires 2027-02-20T09:00:00Z", "expires never", "bad-time"),
    ],
)
def test_a_damaged_head_refuses_the_list(old: str, new: str, why: str) -> None:
    assert reason(lambda: parse_trust(worked().text().replace(old, new, 1))) == why


def test_a_key_named_twice_refuses_the_list() -> None:
    again = msgspec.structs.replace(worked().keys[2], revoked=DAY * 30000)
    assert reason(lambda: parse_trust(next_one(keys=(*worked().keys, again)).text())) == "duplicate-key"


# ---- which list follows which --------------------------------------------------------------------------------


def test_a_newer_list_of_the_same_root_and_organisation_is_accepted() -> None:
    assert accept(worked(), trust_note(next_one(), ROOT)).version == 13


def test_replays_strangers_and_other_organisations_are_not() -> None:
    held = worked()
    assert reason(lambda: accept(held, trust_note(held, ROOT))) == "not-newer"
    assert reason(lambda: accept(held, trust_note(next_one(version=11), ROOT))) == "not-newer"
    for stranger in (DEVICE, FACILITATOR, OFFICE, signer(ROOT.name, "thief")):
        assert reason(lambda stranger=stranger: accept(held, trust_note(next_one(), stranger))) == "no-known-signature"
    theirs = signer("other.example/root", "theirs")
    moved = TrustList("other.example", 13, 0, DAY, (TrustKey("root", theirs.vkey, 0, DAY),))
    assert reason(lambda: accept(held, trust_note(moved, ROOT))) == "wrong-org"
    renamed = sign_note(next_one().text().replace(f"org {held.org}\n", "org other.example\n", 1), ROOT)
    assert reason(lambda: accept(held, renamed)) == "wrong-org", "its roots bear the old name, so none of them counts"
    assert reason(lambda: accept_first(renamed, ROOT.vkey)) == "wrong-org"
    note = trust_note(next_one(), ROOT)
    assert reason(lambda: accept(held, note.replace(b"version 13", b"version 14"))) == "bad-signature"


def test_a_list_is_a_source_of_keys_only_after_it_was_accepted() -> None:
    thief = signer(ROOT.name, "thief")
    own = next_one(keys=(TrustKey("root", thief.vkey, 0, DAY),))
    assert reason(lambda: accept(worked(), trust_note(own, thief))) == "no-known-signature"
    assert reason(lambda: accept_first(trust_note(own, thief), ROOT.vkey)) == "no-known-signature"
    assert reason(lambda: accept_first(trust_note(worked(), DEVICE), DEVICE.vkey)) == "no-known-signature"


def test_root_changes_by_one_list_signed_by_old_and_new() -> None:
    heir = signer(ROOT.name, "heir")
    both = next_one(keys=(*worked().keys, TrustKey("root", heir.vkey, 0, DAY)))
    held = accept(worked(), trust_note(both, ROOT, heir))
    old, *rest = held.keys
    gone = msgspec.structs.replace(held, version=14, keys=(msgspec.structs.replace(old, revoked=0), *rest))
    held = accept(held, trust_note(gone, heir))
    late = msgspec.structs.replace(held, version=15)
    assert reason(lambda: accept(held, trust_note(late, ROOT))) == "no-known-signature"
    assert accept(held, trust_note(late, heir)).version == 15


def test_nobody_begins_with_a_root_that_was_replaced() -> None:
    heir = signer(ROOT.name, "heir")
    old = msgspec.structs.replace(worked().keys[0], revoked=parse_day("2026-11-20"))
    raw = trust_note(next_one(keys=(old, *worked().keys[1:], TrustKey("root", heir.vkey, 0, DAY))), ROOT, heir)
    assert reason(lambda: accept_first(raw, ROOT.vkey)) == "revoked-root"
    assert accept_first(raw, heir.vkey) == accept(worked(), raw)


def test_a_list_without_a_root_is_a_dead_end_and_refused() -> None:
    assert reason(lambda: open_trust(trust_note(next_one(keys=worked().keys[1:]), ROOT), [ROOT.vkey])) == "no-root"
    heir = signer(ROOT.name, "heir")
    other = next_one(keys=(TrustKey("root", heir.vkey, 0, DAY),))
    assert reason(lambda: accept_first(trust_note(other, ROOT), ROOT.vkey)) == "no-root"


def test_a_list_of_a_thousand_laptops_is_no_trouble() -> None:
    many = tuple(
        TrustKey("device", signer(f"{ORG}/dev/{n:04d}", str(n)).vkey, 0, DAY, site="a" * 60) for n in range(1000)
    )
    assert len(accept(worked(), trust_note(next_one(keys=(*worked().keys, *many)), ROOT)).of("device")) == 1001


# ---- enrolment -----------------------------------------------------------------------------------------------


def test_an_enrolment_names_its_key_time_and_words() -> None:
    made = parse_utc("2026-11-20T09:00:00Z")
    raw = enrol_note(DEVICE, made)
    assert raw.startswith(f"fieldkit-enrol/1\ndevice {DEVICE.vkey}\nmade 2026-11-20T09:00:00Z\n\n".encode())
    enrol = parse_enrol(raw)
    assert (enrol.vkey, enrol.made, enrol.words) == (DEVICE.vkey, made, six_words(DEVICE.vkey))


def test_a_trainer_or_a_publisher_asks_in_the_same_way() -> None:
    for one in (FACILITATOR, signer(f"{ORG}/pub/acme")):
        enrol = parse_enrol(enrol_note(one, 86_400))
        assert (enrol.vkey, enrol.made, enrol.words) == (one.vkey, 86_400, six_words(one.vkey))


def test_an_enrolment_is_signed_by_the_key_it_names() -> None:
    other = signer(DEVICE.name, "other")
    text = fields_text("enrol", [("device", str(DEVICE.vkey)), ("made", "2026-11-20T09:00:00Z")])
    assert reason(lambda: parse_enrol(sign_note(text, other))) == "no-known-signature"
    assert reason(lambda: parse_enrol(enrol_note(DEVICE, 0).replace(b"1970", b"1971"))) == "bad-signature"
    assert reason(lambda: parse_enrol(enrol_note(OFFICE, 0))) == "wrong-role"
    text = fields_text("enrol", [("device", str(FACILITATOR.vkey)), ("made", "2026-11-20T09:00:00Z")])
    assert reason(lambda: parse_enrol(sign_note(text, FACILITATOR))) == "wrong-role"
    assert reason(lambda: parse_enrol(sign_note("fieldkit-enrol/1\n", DEVICE))) == "bad-note"
    assert reason(lambda: parse_enrol(trust_note(worked(), ROOT))) == "wrong-note-type"
    weak = VKey(DEVICE.name, 1, bytes(32))
    text = fields_text("enrol", [("device", str(weak)), ("made", "2026-11-20T09:00:00Z")])
    assert reason(lambda: parse_enrol(sign_note(text, DEVICE))) == "low-order-key"
