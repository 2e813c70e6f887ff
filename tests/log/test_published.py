"""The vectors that others have published: this reader agrees with them, or each difference is named here with its why.

Wycheproof's are in test_keys, the age kit's in test_seal.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from typing import Any

import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.line import check, read_line
from fieldkit.log.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash, verify_inclusion
from fieldkit.log.names import SIGNER, unb64
from fieldkit.log.note import open_note
from tests.log.given import VECTORS

# ---- RFC 6962 trees ------------------------------------------------------------------------------------------

TREES = json.loads(VECTORS.joinpath("rfc6962-trees.json").read_text("ascii"))
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in TREES["leaves"]]
ROOTS = [bytes.fromhex(text) for text in TREES["roots"]]


def test_the_roots_of_certificate_transparency_come_out() -> None:
    """Every prefix, by both ways of growing a tree: no difference."""
    assert bytes.fromhex(TREES["empty"]) == EMPTY_ROOT
    tree, frontier = Tree(), Frontier()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf)
        frontier.append(leaf)
        assert tree.root() == frontier.root() == root


@pytest.mark.parametrize("case", TREES["inclusion"], ids=lambda case: f"{case['index']} of {case['size']}")
def test_published_inclusion_proofs_are_made_and_hold(case: dict[str, Any]) -> None:
    """And everything that their authors bend about them does not. Consistency proofs are left out: nothing here makes
    or reads one, because a log always travels whole."""
    index, size, proof = case["index"], case["size"], [bytes.fromhex(text) for text in case["proof"]]
    leaf, root = LEAVES[index], ROOTS[size - 1]
    assert Tree(LEAVES).inclusion(index, size) == proof
    assert verify_inclusion(leaf, index, size, proof, root)
    some = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")
    bent = [
        (leaf, index - 1, size, proof, root),
        (leaf, index + 1, size, proof, root),
        (leaf, index ^ 2, size, proof, root),
        (leaf, index, size * 2, proof, root),
        (leaf, index, size // 2, proof, root),
        (b"WrongLeaf", index, size, proof, root),
        (leaf, index, size, proof, EMPTY_ROOT),
        (leaf, index, size, proof, some),
        (leaf, index, size, [*proof, b""], root),
        (leaf, index, size, [*proof, root], root),
        (leaf, index, size, [b"", *proof], root),
        (leaf, index, size, [root, *proof], root),
        *[
            (leaf, index, size, [*proof[:n], bytes([one[0] ^ 8]) + one[1:], *proof[n + 1 :]], root)
            for n, one in enumerate(proof)
        ],
    ]
    if proof:
        bent += [(leaf, index, size, proof[:-1], root), (leaf, index, size, [proof[0], some, *proof[1:]], root)]
    assert [n for n, one in enumerate(bent) if verify_inclusion(*one)] == []


# ---- signed notes --------------------------------------------------------------------------------------------

NOTES = json.loads(VECTORS.joinpath("signed-notes.json").read_text("utf-8"))
DIFFERENT = {
    "a duplicated verifier": "a key that is known twice is known; Go calls it ambiguous",
    "duplicated verified and unverified signatures": "a line that stands there twice refuses the note; Go drops it",
}
"""Where the reference implementation says otherwise, and why this one does not."""


def go_key(text: str) -> VKey:
    """A key under a name that no key of ours may have."""
    name, _, body = text.split("+", 2)
    return VKey(name, SIGNER, unb64(body)[1:])


@pytest.mark.parametrize("case", NOTES["cases"], ids=lambda case: case["what"])
def test_notes_open_as_in_the_reference_implementation(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["hex"]) if "hex" in case else case["note"].encode()
    keys = [go_key(NOTES["keys"][name]) for name in case["known"]]
    try:
        found = [key.name for key, _ in open_note(raw, keys).signers]
    except BadBytes as wrong:
        found = None
        assert wrong.reason
    if case["what"] in DIFFERENT:
        assert found != case["signed_by"]
    else:
        assert found == case["signed_by"]


def test_the_reference_note_is_signed_byte_for_byte() -> None:
    """Ed25519 says nothing by chance: the same seed and text make the published line."""
    seed = base64.b64decode(NOTES["secret"].split("+", 4)[4])[1:]
    key = go_key(NOTES["keys"]["PeterNeumann"])
    signature = Signer("a.b/dev/abcd", seed).sign(NOTES["text"].encode())
    line = f"— PeterNeumann {base64.b64encode(key.keyid + signature).decode()}\n"
    assert f"{NOTES['text']}\n{line}" == NOTES["signed"]


def test_the_reference_keys_read_as_published_but_for_their_names() -> None:
    """Key ids agree. Their names are refused here: a name says what its key may do, and these say nothing."""
    for text in NOTES["keys"].values():
        key = go_key(text)
        assert key.keyid.hex() == text.split("+")[1] and str(key) == text
        with pytest.raises(BadBytes) as wrong:
            VKey.parse(text)
        assert wrong.value.reason == "bad-name"


@pytest.mark.parametrize("bend", range(3))
def test_a_mangled_key_is_no_key(bend: int) -> None:
    """As the reference bends its own: pieces of it, each byte one up, and the two bad ones with a fitting hash."""
    good = str(Signer("ld.acme.example/dev/7q2k", hashlib.sha256(b"k").digest()).vkey)
    assert str(VKey.parse(good)) == good
    if bend == 0:
        bad = [good[i:j] for i in range(len(good)) for j in range(i + 1, len(good) + 1) if (i, j) != (0, len(good))]
    elif bend == 1:
        bad = [good[:i] + chr(ord(good[i]) + 1) + good[i + 1 :] for i in range(len(good))]
    else:
        bad = NOTES["bad_keys"]
    for text in bad:
        with pytest.raises(BadBytes):
            VKey.parse(text)


# ---- JSON ----------------------------------------------------------------------------------------------------

SUITE = json.loads(VECTORS.joinpath("json-test-suite.json").read_text("ascii"))["cases"]
NARROWER = {
    "not-canonical": "valid JSON in another spelling than the one that is hashed",
    "float": "decimals are texts, so that no two readers round them differently",
    "int-range": "integers stay within ±(2^53−1), which every reader holds exactly",
    "bad-key": "keys are field names and option ids, never free text",
    "nul": "U+0000 ends texts in other programs",
    "depth": "8 levels are more than any record has",
    "not-an-object": "a line is one object",
}
"""Why documents that the suite calls valid are refused; no other reason may refuse one."""
ODD = {*NARROWER, "surrogate", "not-json"}


def document(case: dict[str, Any]) -> bytes:
    text: str = case["input"] if "input" in case else case["repeat"][0] * case["repeat"][1] + case["end"]
    return text.encode("utf-8", "surrogatepass")


def within(raw: bytes) -> bytes:
    """The document as a value in a record."""
    return b'{"d":{"a":' + raw + b'},"i":0,"k":"note.add","m":0,"t":0}'


def judged(raw: bytes) -> str:
    """Why it is refused; empty when it is taken."""
    try:
        check(raw, 1 << 20)
    except BadBytes as wrong:
        return wrong.reason
    return ""


def test_what_is_no_json_is_refused_by_itself_and_within_a_record() -> None:
    """All of the suite's `n_` documents: no difference."""
    cases = [case for case in SUITE if case["name"].startswith("n_")]
    assert len(cases) > 170
    for case in cases:
        for raw in (document(case), within(document(case))):
            assert judged(raw) in ("not-json", "depth", "surrogate"), case["name"]
            with pytest.raises(BadBytes):
                read_line(raw)


def test_what_is_json_is_taken_or_refused_for_a_reason_of_the_profile() -> None:
    """All of the suite's `y_` documents: taken within a record, or refused for one of the reasons above."""
    cases = [case for case in SUITE if case["name"].startswith("y_")]
    found = Counter(judged(within(document(case))) for case in cases)
    assert set(found) <= {"", *NARROWER}
    assert sum(found.values()) == len(cases) == 95 and found[""] > 15
    for case in cases:
        if not judged(within(document(case))):
            assert json.loads(within(document(case)))["d"] == read_line(within(document(case))).d


def test_what_is_left_open_is_refused_or_one_and_the_same() -> None:
    """The suite's `i_` documents, on which readers differ: huge numbers, halves of pairs, 500 levels. None is taken."""
    cases = [case for case in SUITE if case["name"].startswith("i_")]
    assert len(cases) > 20
    assert {judged(within(document(case))) for case in cases} <= ODD
