"""`pack key` and `pack sign`: a publisher's word for a pack, which any later change ends."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from fieldkit.log.keys import Signer, VKey, six_words
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.packs.compile import compile_pack
from fieldkit.station import Station
from tests.cli.kit import Done, fieldkit
from tests.packs.kit import pack, write

ORG = "ld.acme.example"
FAR = 4_102_444_800
ROOT = Signer(f"{ORG}/root", b"r" * 32)


class Shelf:
    """A pack, a publisher's key without a passphrase, and a list that names it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, folder / "publisher.key"
        self.pack = write(folder / "small", pack())
        args = ("pack", "key", "4h7m", "--org", ORG, "-o", str(self.key), "--no-passphrase", "--json")
        self.made = fieldkit(*args, home=folder / "home").document
        lines = [("root", ROOT.vkey), ("publisher", VKey.parse(self.made["vkey"]))]
        keys = tuple(TrustKey(kind, vkey, 0, FAR) for kind, vkey in lines)
        (folder / "trust.note").write_bytes(trust_note(TrustList(ORG, 1, 0, FAR, keys), ROOT))

    def sign(self, *args: str, of: Path | None = None, key: Path | None = None) -> Done:
        return fieldkit(
            "pack", "sign", str(of or self.pack), "--key", str(key or self.key), *args, home=self.folder / "home"
        )

    def verdict(self, path: Path) -> tuple[str, str]:
        trust = ("--root", str(ROOT.vkey), str(self.folder / "trust.note"))
        found = fieldkit("verify", *trust, str(path), "--json", home=self.folder / "home").document[1]
        return found["verdict"], found["reason"]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_signed_pack_is_verified_as_a_folder_and_as_one_file_until_it_is_changed(shelf: Shelf) -> None:
    assert shelf.verdict(shelf.pack) == ("signer-unknown", "signer-unknown")
    done = shelf.sign("--json")
    assert (done.code, done.document["id"], done.document["signed"]) == (0, "small", f"{ORG}/pub/4h7m")
    assert shelf.verdict(shelf.pack) == ("verified", "") and shelf.sign().code == 0, "and again"
    built = shelf.folder / "small.fkpack"
    assert fieldkit("pack", "build", str(shelf.pack), "-o", str(built), home=shelf.folder / "home").code == 0
    assert shelf.verdict(built) == ("verified", "")
    (shelf.pack / "guide.md").write_text("changed since", "utf-8")
    assert shelf.verdict(shelf.pack) == ("refused", "changed")
    assert shelf.sign().code == 0 and shelf.verdict(shelf.pack) == ("verified", "")


def test_a_publishers_key_is_a_file_of_its_own_with_six_words(shelf: Shelf) -> None:
    vkey = VKey.parse(shelf.made["vkey"])
    assert shelf.made["words"] == six_words(vkey) and (vkey.role, vkey.org) == ("pub", ORG)
    assert stat.S_IMODE(shelf.key.stat().st_mode) == 0o600 and not (shelf.folder / "home").exists()
    before = shelf.key.read_bytes()
    again = fieldkit(
        "pack", "key", "4h7m", "--org", ORG, "-o", str(shelf.key), "--no-passphrase", home=shelf.folder / "home"
    )
    assert again.code == 1 and shelf.key.read_bytes() == before, "a key is never written over"


def test_hostile_names_other_keys_and_broken_packs_are_refused_and_write_nothing(shelf: Shelf) -> None:
    out, home = str(shelf.folder / "new.key"), shelf.folder / "home"
    for id in ("", "abc", "x" * 13, "4H7M", "../a", "\x1b[2J", "Ann [/] Lee"):
        assert fieldkit("pack", "key", id, "--org", ORG, "-o", out, "--no-passphrase", home=home).code == 2, id
    for org in ("acme", "ACME.example", "a..b", "\u202e.example", "x" * 300 + ".example"):
        assert fieldkit("pack", "key", "4h7m", "--org", org, "-o", out, "--no-passphrase", home=home).code == 2, org
    assert fieldkit("pack", "key", "4h7m", "-o", out, "--no-passphrase", home=home).code == 2, (
        "no list says whose it is"
    )
    trainer = shelf.folder / "fac.key"
    Signer.generate(f"{ORG}/fac/9k3m").save(trainer)
    noise = shelf.folder / "noise"
    noise.write_bytes(bytes(range(256)))
    empty = shelf.folder / "empty"
    empty.mkdir()
    for done in (shelf.sign(key=trainer), shelf.sign(key=noise), shelf.sign(of=noise), shelf.sign(of=empty)):
        assert done.code and "Traceback" not in done.talk
    (shelf.pack / "pack.yaml").write_text("id: [", "utf-8")
    assert shelf.sign().code == 2
    assert not Path(out).exists() and not list(shelf.folder.rglob("pack.note"))


@pytest.mark.parametrize(
    ("window", "signed"),
    [({}, True), ({"revoked": 0}, False), ({"until": 86_400}, True), ({"from_": FAR, "until": FAR + 86_400}, False)],
)
def test_a_publisher_that_is_revoked_vouches_for_no_pack_that_is_run(
    shelf: Shelf, window: dict[str, int], signed: bool
) -> None:
    """A note has no time: what was signed before the key ended stays good, and a revocation ends all of it."""
    line = msgspec.structs.replace(TrustKey("publisher", VKey.parse(shelf.made["vkey"]), 0, FAR), **window)
    trust = TrustList(ORG, 1, 0, FAR, (TrustKey("root", ROOT.vkey, 0, FAR), line))
    station = Station.open(shelf.folder / "home")
    (shelf.folder / "home" / "trust.note").write_bytes(trust_note(trust, ROOT))
    done = shelf.sign()
    assert done.code == 0 and ("counts as unsigned" in done.talk) is not signed
    assert compile_pack(shelf.pack, publishers=station.publishers()).signed is signed
