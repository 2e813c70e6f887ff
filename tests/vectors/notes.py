"""`notes.json` and `receipts.json`: signed notes of every type, good ones and ones that lie, each with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fieldkit.log.keys import VKey
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.names import b64
from fieldkit.log.note import (
    Checkpoint,
    cosign,
    fields_text,
    parse_day,
    sign_line,
    sign_note,
)
from fieldkit.log.receipt import central_receipt, file_note, make_receipt, parse_receipt
from fieldkit.log.trust import TrustKey, TrustList, enrol_note, trust_note
from tests.log.given import (
    CENTRAL,
    DEVICE,
    FACILITATOR,
    OFFICE,
    ORG,
    ORIGIN,
    ROOT,
    TIME,
    signer,
    worked_lines,
    worked_opening,
)

Case = dict[str, object]
EVERYBODY = (ROOT, DEVICE, FACILITATOR, CENTRAL, OFFICE)
STRANGER = signer(f"{ORG}/dev/9zzz", "stranger")
LEAVES = [leaf_hash(line) for line in worked_lines()]
POINT = Checkpoint(ORIGIN, 3, Tree(LEAVES).root())
TEXT = POINT.text()
TOO_MANY = 64


def case(what: str, as_: str, raw: bytes, reason: str = "", keys: Sequence[VKey] | None = None) -> Case:
    """`as_`: the type as which it is read. `keys`: who is known; everybody of the worked example without."""
    made: Case = {"what": what, "as": as_, "reason": reason}
    try:
        made["note"] = raw.decode("utf-8")
    except UnicodeDecodeError:
        made["hex"] = raw.hex()
    if keys is not None:
        made["keys"] = [str(key) for key in keys]
    return made


def by_hand(text: str, *lines: str) -> bytes:
    """A note put together without any check: its signature is over exactly this text."""
    return "\n".join([text, *(lines or (sign_line(text, DEVICE),)), ""]).encode("utf-8")


def trusted() -> TrustList:
    days = (parse_day("2026-01-01"), parse_day("2028-01-01"))
    keys = [("root", ROOT), ("central", CENTRAL), ("office", OFFICE), ("device", DEVICE), ("facilitator", FACILITATOR)]
    listed = tuple(TrustKey(kind, one.vkey, *days) for kind, one in keys)
    return TrustList(ORG, 12, parse_day("2026-11-20"), parse_day("2027-02-20"), listed)


def good() -> dict[str, bytes]:
    """One good note of each type."""
    return {
        "checkpoint": sign_note(TEXT, DEVICE),
        "trust": trust_note(trusted(), ROOT),
        "enrol": enrol_note(DEVICE, parse_day("2026-11-20")),
        "receipt": central_receipt(OFFICE, POINT, hashlib.sha256(b"held").hexdigest()),
        "file": file_note(DEVICE, "attendance.csv", b"name\r\n", [POINT]),
    }


def as_another(read: str, signed: str) -> str:
    """Why a note of the type `signed` is refused where `read` is wanted: its signer has no say there, or its text."""
    by = {"checkpoint": "dev", "enrol": "dev", "file": "dev", "trust": "root", "receipt": "office"}[signed]
    wanted = {"trust": ("root",), "receipt": ("office",), "file": ("dev", "office")}.get(read)
    if wanted is not None and by not in wanted:
        return "no-known-signature"
    if read == "checkpoint":
        return "bad-origin" if signed == "enrol" else "not-a-checkpoint"  # an enrolment too has three lines
    return "wrong-note-type"


def passed_off() -> list[Case]:
    """A note of one type passed off as another: signed by everybody, so that only its first line can tell."""
    out = []
    for signed, raw in good().items():
        for read in good():
            if read != signed:
                out.append(case(f"a {signed} note passed off as {read}", read, raw, as_another(read, signed)))
    for read, who in (("trust", ROOT), ("receipt", OFFICE)):
        raw = sign_note(TEXT, who)
        out.append(case(f"a checkpoint signed by {who.vkey.role} passed off as {read}", read, raw, "wrong-note-type"))
    raw = sign_note(fields_text("put", [("sha256", "0" * 64), ("time", "1")]), DEVICE)
    out.append(case("a put note passed off as a checkpoint", "checkpoint", raw, "bad-origin"))
    return out


def spellings() -> list[Case]:
    """The laptop itself has signed each of these: another spelling is another note."""
    origin, size, root, _ = TEXT.split("\n")
    wrong = {
        "a space after the origin": (f"{origin} \n{size}\n{root}\n", "bad-origin"),
        "a tab before the size": (f"{origin}\n\t{size}\n{root}\n", "not-a-note"),
        "carriage returns": (TEXT.replace("\n", "\r\n"), "not-a-note"),
        "a no-break space": (f"{origin}\n{size}\u00a0\n{root}\n", "bad-number"),
        "a byte order mark": (f"\ufeff{TEXT}", "bad-origin"),
        "an empty line before": (f"\n{TEXT}", "not-a-checkpoint"),
        "an empty line after": (f"{TEXT}\n", "not-a-checkpoint"),
        "an extension line": (f"{TEXT}extra\n", "not-a-checkpoint"),
        "a leading zero": (f"{origin}\n03\n{root}\n", "bad-number"),
        "a plus": (f"{origin}\n+3\n{root}\n", "bad-number"),
        "another script's digit": (f"{origin}\n\u0663\n{root}\n", "bad-number"),
        "a size of 2^53": (f"{origin}\n9007199254740992\n{root}\n", "bad-number"),
        "a root in hex": (f"{origin}\n3\n{POINT.root.hex()}\n", "bad-hash"),
        "a root without padding": (f"{origin}\n3\n{root[:-1]}\n", "bad-hash"),
        "another last letter in the root": (f"{origin}\n3\n{root[:-2]}{chr(ord(root[-2]) + 1)}=\n", "bad-hash"),
        "a Cyrillic letter in the organisation": (TEXT.replace("acme", "\u0430cme"), "bad-origin"),
        "a full-width letter": (TEXT.replace("acme", "\uff41cme"), "bad-origin"),
        "a capital letter": (TEXT.replace("acme", "Acme"), "bad-origin"),
        "a right-to-left mark": (TEXT.replace("acme", "a\u202ecme"), "bad-origin"),
        "an escape code": (TEXT.replace("acme", "a\x1b[2Jcme"), "not-a-note"),
        "a letter that is no letter of origins": (TEXT.replace("k3m9w2p4", "k3m9w2pl"), "bad-origin"),
        "seven digits with a leading zero": (TEXT.replace("/000017-", "/0000017-"), "bad-origin"),
    }
    return [case(f"{what}, signed", "checkpoint", by_hand(text), reason) for what, (text, reason) in wrong.items()]


def signatures() -> list[Case]:
    mine, fac = sign_line(TEXT, DEVICE), sign_line(TEXT, FACILITATOR)
    cosigned = cosign(TEXT, CENTRAL, TIME)
    raw = good()["checkpoint"]
    forged = sign_line(TEXT.replace("\n3\n", "\n4\n"), DEVICE)
    strangers = [sign_line(TEXT, signer(f"{ORG}/dev/s{n:03d}", f"stranger {n}")) for n in range(TOO_MANY)]
    return [
        case("signed by the laptop", "checkpoint", raw),
        case("signed by laptop and trainer, cosigned by central", "checkpoint", by_hand(TEXT, mine, fac, cosigned)),
        case("strangers beside the laptop", "checkpoint", by_hand(TEXT, *strangers[1:], mine)),
        case("64 strangers", "checkpoint", by_hand(TEXT, *strangers), "no-known-signature"),
        case("65 lines", "checkpoint", by_hand(TEXT, *strangers, mine), "too-many-signatures"),
        case("a line twice", "checkpoint", by_hand(TEXT, mine, mine), "duplicate-signature"),
        case("a signature over another size", "checkpoint", by_hand(TEXT, forged), "bad-signature"),
        case("a good one and a bad one", "checkpoint", by_hand(TEXT, fac, forged), "bad-signature"),
        case("nobody is known", "checkpoint", raw, "no-known-signature", []),
        case("signed by another of the same name", "checkpoint", raw, "no-known-signature",
             [signer(DEVICE.name, "twin").vkey]),
        case("a hyphen for the dash", "checkpoint", by_hand(TEXT, "-" + mine[1:]), "not-a-note"),
        case("two spaces in a line", "checkpoint", by_hand(TEXT, mine.replace(" ", "  ", 1)), "not-a-note"),
        case("a space after a line", "checkpoint", by_hand(TEXT, mine + " "), "bad-base64"),
        case("base64 without padding", "checkpoint", by_hand(TEXT, mine.rstrip("=")), "bad-base64"),
        case("no last newline", "checkpoint", raw[:-1], "not-a-note"),
        case("no empty line", "checkpoint", raw.replace(b"\n\n", b"\n"), "not-a-note"),
        case("no signature", "checkpoint", f"{TEXT}\n".encode(), "not-a-note"),
        case("something after the signatures", "checkpoint", raw + b"more\n", "not-a-note"),
        case("no UTF-8", "checkpoint", b"\xff" + raw, "not-utf8"),
        case("nothing", "checkpoint", b"", "not-a-note"),
        case("a time in the cosignature that was not signed", "checkpoint",
             by_hand(TEXT, mine, _later(cosigned)), "bad-signature"),
    ]  # fmt: skip


def _later(line: str) -> str:
    """A cosignature with another second in front of it."""
    import base64

    head, _, body = line.rpartition(" ")
    raw = bytearray(base64.b64decode(body))
    raw[11] ^= 1
    return f"{head} {b64(bytes(raw))}"


def trust() -> list[Case]:
    held = trusted()
    text = held.text()

    def signed(changed: str, *by: object) -> bytes:
        return by_hand(changed, *(sign_line(changed, one) for one in (by or (ROOT,))))  # type: ignore[arg-type]

    device = next(line for line in text.split("\n") if line.startswith("device "))
    other = replaced_key(held)
    return [
        case("a trust list", "trust", good()["trust"]),
        case("a line of a kind that nobody knows", "trust", signed(f"{text}robot r2d2\n")),
        case("signed by the office", "trust", signed(text, OFFICE), "no-known-signature"),
        case("signed by a laptop", "trust", signed(text, DEVICE), "no-known-signature"),
        case("signed by a root that it brings itself", "trust",
             signed(other.text(), signer(f"{ORG}/root", "own root")), "no-known-signature"),
        case("a key twice", "trust", signed(f"{text}{device}\n"), "duplicate-key"),
        case("lines in another order", "trust", signed(text.replace("org ", "zrg ", 1)), "bad-note"),
        case("an empty line within", "trust", signed(text + "\n" + device + "\n"), "bad-note"),
        case("a version with a zero before it", "trust", signed(text.replace("on 12", "on 012")), "bad-number"),
        case("an organisation with a capital letter", "trust", signed(text.replace("org ld", "org LD")), "bad-name"),
        case("a day that is none", "trust", signed(text.replace("2026-11-20T", "2026-02-30T")), "bad-time"),
        case("no root in it", "trust", signed("\n".join(x for x in text.split("\n") if not x.startswith("root "))),
             "no-root"),
        case("an enrolment", "enrol", good()["enrol"]),
        case("an enrolment signed by another laptop", "enrol", sign_note(
            fields_text("enrol", [("device", str(DEVICE.vkey)), ("made", "2026-11-20T00:00:00Z")]), STRANGER),
            "no-known-signature"),
        case("an enrolment of a root", "enrol", sign_note(
            fields_text("enrol", [("device", str(ROOT.vkey)), ("made", "2026-11-20T00:00:00Z")]), ROOT), "wrong-role"),
        case("an enrolment with a line more", "enrol", sign_note(
            fields_text("enrol", [("device", str(DEVICE.vkey)), ("made", "2026-11-20T00:00:00Z"), ("x", "y")]), DEVICE),
            "bad-note"),
    ]  # fmt: skip


def replaced_key(held: TrustList) -> TrustList:
    """The same list with another root in it."""
    own = signer(f"{ORG}/root", "own root").vkey
    keys = tuple(msgspec.structs.replace(key, vkey=own) if key.kind == "root" else key for key in held.keys)
    return msgspec.structs.replace(held, keys=keys)


def receipts() -> list[Case]:
    line, opening, tree = worked_lines()[1], worked_opening(), Tree(LEAVES)
    note, path = sign_note(TEXT, DEVICE), tree.inclusion(1)

    def made(**change: object) -> bytes:
        given = {"line": line, "opening": opening, "index": 1, "proof": path, "note": note, **change}
        return make_receipt(**given)  # type: ignore[arg-type]

    fields = [("origin", ORIGIN), ("size", "3"), ("root", b64(POINT.root)), ("held", "0" * 64)]

    def held(*change: tuple[str, str], by: object = OFFICE) -> bytes:
        return sign_note(fields_text("receipt", [*change, *fields[len(change) :]]), by)  # type: ignore[arg-type]

    whole = made()
    assert parse_receipt(whole).to_bytes() == whole
    two = sign_note(Checkpoint(ORIGIN, 2, tree.root(2)).text(), DEVICE)
    elsewhere = sign_note(Checkpoint(ORIGIN.replace("17", "18"), 3, bytes(32)).text(), DEVICE)
    name = "participant"
    return [
        case("a participant's receipt", name, whole),
        case("of an earlier checkpoint", name, made(note=two, proof=tree.inclusion(1, 2))),
        case("after erasure", name, made(opening=None)),
        case("another name in the opening", name, made(opening=opening.replace(b"Zo", b"Mo")), "opening-mismatch"),
        case("another record", name, made(line=line.replace(b'"phone"', b'"paper"')), "bad-proof"),
        case("another place", name, made(index=2), "bad-proof"),
        case("a path cut short", name, made(proof=path[:1]), "bad-proof"),
        case("a path with a hash more", name, made(proof=[*path, bytes(32)]), "bad-proof"),
        case("a path the other way round", name, made(proof=path[::-1]), "bad-proof"),
        case("the root of another session", name, made(note=elsewhere), "bad-proof"),
        case("signed by the trainer alone", name, made(note=sign_note(TEXT, FACILITATOR)), "no-known-signature"),
        case("signed by another laptop", name, made(note=sign_note(TEXT, STRANGER)), "no-known-signature",
             [DEVICE.vkey, STRANGER.vkey][:1]),
        case("another format", name, whole.replace(b"@v1", b"@v2"), "not-a-receipt"),
        case("a space in the index", name, whole.replace(b"index 1", b"index  1"), "bad-number"),
        case("an index with a zero before it", name, whole.replace(b"index 1", b"index 01"), "bad-number"),
        case("carriage returns", name, whole.replace(b"\n", b"\r\n"), "not-a-receipt"),
        case("no checkpoint", name, whole.partition(b"\n\n")[0] + b"\n\n", "not-a-receipt"),
        case("a hash in hex", name, whole.replace(b64(path[0]).encode(), path[0].hex().encode()), "bad-hash"),
        case("head office's receipt", "receipt", held()),
        case("signed by a laptop", "receipt", held(by=DEVICE), "no-known-signature"),
        case("signed by root", "receipt", held(by=ROOT), "no-known-signature"),
        case("another origin's spelling", "receipt", held(("origin", ORIGIN.upper())), "bad-origin"),
        case("a size with a zero before it", "receipt", held(fields[0], ("size", "03")), "bad-number"),
        case("openings in capital hex", "receipt", held(*fields[:3], ("held", "A" * 64)), "bad-hash"),
        case("a line more", "receipt", held(*fields, ("more", "x")), "bad-note"),
        case("a line twice", "receipt", held(fields[0], fields[0], *fields[1:]), "bad-note"),
    ]  # fmt: skip


def document(cases: list[Case]) -> dict[str, object]:
    about = "A note, the type it is read as, and who is known: no reason, and it is good; else why it is refused."
    return {"about": about, "keys": [str(one.vkey) for one in EVERYBODY], "cases": cases}


def notes() -> dict[str, object]:
    """What stands in `notes.json`."""
    files = [case("a note beside a file", "file", good()["file"])]
    return document([*signatures(), *spellings(), *passed_off(), *trust(), *files])
