"""What a verdict of `fieldkit verify` means, in one sentence for whoever stands there: message ids by kind and verdict.

The code behind it (`reason`) says exactly what is wrong, for head office; the sentence says what to make of the file.
"""

from __future__ import annotations

from fieldkit.words import Words

SENTENCES: dict[tuple[str, str], str] = {
    ("bundle", "verified"): "This bundle is whole, and laptops that are known here signed every session in it.",
    ("bundle", "signer-unknown"): "This bundle is whole, but not every session in it is signed by a laptop known here.",
    ("bundle", "sealed"): "This bundle is sealed: only head office, or who knows its six words, can look inside.",
    ("bundle", "refused"): "This bundle is damaged or was changed. Ask for another one from the laptop that made it.",
    ("receipt", "verified"): "This receipt is good, and who signed it is known here.",
    ("receipt", "signer-unknown"): "This receipt holds together, but who signed it is not known here.",
    ("receipt", "refused"): "This receipt is damaged or was changed. It proves nothing.",
    ("proofs", "verified"): "Every receipt in this file is good, and who signed them is known here.",
    ("proofs", "signer-unknown"): "These receipts hold together, but who signed them is not known here.",
    ("proofs", "refused"): "A receipt in this file is damaged or was changed. The file proves nothing.",
    ("file", "verified"): "This file is exactly what was exported, and who made it is known here.",
    ("file", "signer-unknown"): "This file is exactly what was exported, but not everybody who signed is known here.",
    ("file", "refused"): "This file, or what lies beside it, is not what was signed. Ask for the original.",
    ("trust", "verified"): "This trust list is signed by a root that counts here, and so its keys count.",
    ("trust", "signer-unknown"): "No root that is known here signed this trust list. Ask head office for its root key.",
    ("trust", "refused"): "This trust list is damaged or was changed. Do not use it.",
    ("enrol", "verified"): "The laptop that asks here is on the trust list.",
    (
        "enrol",
        "signer-unknown",
    ): "The laptop that asks here is on no list known here. Compare its six words by telephone.",
    ("enrol", "refused"): "This enrolment is damaged or was changed.",
    ("pack", "verified"): "This pack is exactly what a known publisher signed.",
    ("pack", "signer-unknown"): "This pack can be run, but no known publisher signed it.",
    ("pack", "refused"): "This pack is damaged, was changed, or cannot be run.",
    ("credential", "verified"): "This certificate is good, and the office that gave it is known here.",
    ("credential", "signer-unknown"): "This certificate holds together, but no office that is known here gave it.",
    ("credential", "refused"): "This certificate does not count: it was changed, revoked, or its time is over.",
    ("revoked", "verified"): "This list of revoked certificates is head office's own.",
    ("revoked", "signer-unknown"): "Nobody who is known here signed this list of revoked certificates. Do not use it.",
    ("revoked", "refused"): "This list of revoked certificates is damaged or was changed. Do not use it.",
    ("valid", "verified"): "Head office signed this list of who may do which task. It is true of the moment it names.",
    ("valid", "signer-unknown"): "Nobody who is known here signed this list of who may do which task. Do not go by it.",
    ("valid", "refused"): "This list of who may do which task is damaged or was changed. Do not go by it.",
    ("code", "verified"): "This code is of a record in a log that is whole and signed by a known laptop.",
    ("code", "signer-unknown"): "This code is of a record in a log that is whole, but who signed it is not known here.",
    ("code", "refused"): "No whole log that was looked into has a record with this code.",
    (
        "unknown",
        "refused",
    ): "There is nothing to check: no bundle, receipt, list or pack, and no signed note beside it.",
}

REASONS: dict[tuple[str, str], str] = {
    ("credential", "another-badge"): "This certificate is somebody else's. Compare the badge, or ask for their own.",
}
"""By kind and reason, where another sentence than that of the verdict is true."""

BESIDE: dict[str, str] = {
    "proved": "The log has a record of everybody who checked in. Times and status are the word of who made the sheet.",
    "otherwise": "Somebody who checked in is not named so in the proof. Ask who made the sheet where the name is from.",
    "unsigned": "Somebody on this sheet is not proved: the laptop that signed for them is not known here.",
    "none": "No proofs lie beside this sheet: who was there is the word of who made it.",
}
"""What the proofs beside an attendance sheet are worth."""


def sentence(kind: str, verdict: str, words: Words, reason: str = "") -> str:
    """The sentence in the language of `words`."""
    return words.say(REASONS.get((kind, reason), SENTENCES[kind, verdict]))
