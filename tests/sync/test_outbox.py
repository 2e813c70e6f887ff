"""How far a session is: a fact names the size it speaks of, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.sync.outbox import STAGES, Carried, Ingested, Outbox, Receipted, Sealed

ORIGIN = "laptop.fieldkit/dev/7q2k/000001-k3m9w2p4"


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def test_stages_follow_the_facts(outbox: Outbox) -> None:
    def stage(size: int) -> str:
        return Outbox(outbox.folder).facts(ORIGIN).stage(size)

    seen = [stage(3)]
    outbox.sealed(ORIGIN, Sealed(3, "r", "a.fkb", "00"))
    seen.append(stage(3))
    outbox.sealed(ORIGIN, Sealed(3, "r", "a.fkb", "00", ["age1xyz"]))
    seen.append(stage(3))
    outbox.carried(ORIGIN, Carried(3, "/stick", "a.fkb", "00"))
    seen.append(stage(3))
    outbox.ingested(ORIGIN, Ingested(3, "stored"))
    seen.append(stage(3))
    outbox.receipted(ORIGIN, Receipted(3, "r", 5))
    seen.append(stage(3))
    assert tuple(seen) == STAGES
    assert stage(4) == "kept"
    outbox.receipted(ORIGIN, Receipted(2, "r", 6))
    assert stage(3) == "receipted"


def test_what_central_did_not_take_is_not_ingested(outbox: Outbox) -> None:
    outbox.carried(ORIGIN, Carried(3, "/stick", "a.fkb", "00"))
    for result in ("held", "fork", "refused"):
        outbox.ingested(ORIGIN, Ingested(3, result, "unknown-device"))
        assert outbox.facts(ORIGIN).stage(3) == "carried"


def test_what_left_once_is_known_when_the_log_has_grown(outbox: Outbox) -> None:
    assert not outbox.facts(ORIGIN).left()
    outbox.sealed(ORIGIN, Sealed(3, "r", "a.fkb", "00", ["age1xyz"]))
    outbox.ingested(ORIGIN, Ingested(3, "held", "unknown-device"))
    assert not outbox.facts(ORIGIN).left()
    outbox.carried(ORIGIN, Carried(3, "/stick", "a.fkb", "00"))
    assert outbox.facts(ORIGIN).left() and outbox.facts(ORIGIN).stage(4) == "kept"


def test_a_damaged_fact_means_carry_again(outbox: Outbox) -> None:
    outbox.receipted(ORIGIN, Receipted(3, "r", 5))
    (file,) = outbox.folder.glob("*.json")
    for raw in (b"", b"{}", b'{"origin":"another"}', b"\xff", b"[" * 99999):
        file.write_bytes(raw)
        assert outbox.facts(ORIGIN).stage(1) == "kept"


def test_tidying_deletes_only_bundles_that_nothing_waits_for(outbox: Outbox) -> None:
    outbox.sealed(ORIGIN, Sealed(3, "r", "new.fkb", "00"))
    for name in ("old.fkb", "new.fkb", "other.txt"):
        (outbox.folder / name).write_bytes(b"x")
    assert outbox.tidy() == ["old.fkb"]
    outbox.receipted(ORIGIN, Receipted(3, "r", 5))
    assert outbox.tidy() == ["new.fkb"]
    assert {path.name for path in outbox.folder.iterdir()} == {"000001-k3m9w2p4.json", "other.txt"}
    (outbox.folder / "new.fkb").write_bytes(b"x")
    (outbox.folder / "000002-aaaaaaaa.json").write_bytes(b"damaged")
    assert outbox.tidy() == []
