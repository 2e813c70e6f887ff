"""`fieldkit witness …`: cosign hashes that head office shows, by stick, and see no name.

Everything is in the folder `--home`; the clock is read here and nowhere below.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import (
    DebugOpt,
    JsonOpt,
    NoPassphraseOpt,
    OutOpt,
    PassphraseFileOpt,
    QuietOpt,
    passphrase,
)
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.keys import VKey

group = new_group("Cosign hashes for somebody outside the line of command: a works council, a client.")

HomeOpt = Annotated[Path, typer.Option("--home", metavar="DIR", help="The witness's own folder.")]
WHY = {
    "smaller": "it is shorter than what this witness has signed",
    "another-root": "it is another log than the one this witness has signed",
    "no-proof": "nothing in the file leads here from what this witness has signed",
    "unknown-central": "no head office that this witness believes has cosigned it",
}
NEXT = {
    "smaller": "Ask head office what became of the rest.",
    "another-root": "Somebody has changed what was signed. Tell whoever asked you to be a witness.",
    "no-proof": "Ask head office for a file with proofs from that size: fieldkit central heads --all",
    "unknown-central": "Compare its key by voice, then: fieldkit witness believe VKEY --home DIR",
}


@group.command("init")
def init(
    home: HomeOpt,
    org: Annotated[str, typer.Option("--org", metavar="ORG", help="Whose witness: like a domain.")],
    id: Annotated[str, typer.Option("--id", metavar="ID", help="4 to 12 of a-z and 0-9; it is for ever.")],
    central: Annotated[list[str], typer.Option("--central", metavar="VKEY", help="Head office's central key.")],
    passphrase_file: PassphraseFileOpt = None,
    no_passphrase: NoPassphraseOpt = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make a witness: a key, and a memory of what it signs. Shows the public key for head office's trust list.

    Example: fieldkit witness init --home council --org council.acme.example --id wc01 --central VKEY
    """
    from fieldkit.log.keys import six_words
    from fieldkit.sync.witness.book import make

    known = [_central(text) for text in central]
    secret = passphrase(passphrase_file, no_passphrase, "New passphrase for the witness's key", again=True)
    vkey = make(home.expanduser(), org, id, known, secret)
    if json:
        talk.emit({"vkey": str(vkey), "words": six_words(vkey)})
    else:
        talk.data(str(vkey))
        talk.data(f"six words  {six_words(vkey)}")
    talk.say("Head office puts this line on its trust list. Back the folder up: its memory is what it signs by.")


@group.command("believe")
def believe(
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help="A head office's central key.")],
    home: HomeOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Believe one more key of head office, after it made itself a new one.

    Example: fieldkit witness believe VKEY --home council
    """
    from fieldkit.sync.witness.book import Book

    book = Book(home.expanduser())
    try:
        book.believe(_central(vkey))
    finally:
        book.close()
    if json:
        talk.emit({"centrals": [str(key) for key in book.centrals]})
    else:
        for key in book.centrals:
            talk.data(str(key))


@group.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="heads.note from head office; `-` reads it here.")],
    home: HomeOpt,
    out: OutOpt,
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Cosign what head office shows, unless it contradicts what was signed before. Exit code 1 if anything does.

    Example: fieldkit witness sign heads.note --home council -o witnessed.note
    """
    from fieldkit.clock import SystemClock
    from fieldkit.log.heads_note import LIMIT
    from fieldkit.log.keys import is_sealed
    from fieldkit.sync.witness.book import KEY, Book

    if json and str(out) == "-":
        raise WrongUsage("The notes and the JSON cannot both go to standard output.", "Name a file with -o.")
    raw = talk.read(file, LIMIT, "heads")
    book = Book(home.expanduser())
    try:
        sealed = is_sealed((book.folder / KEY).read_bytes())
        secret = passphrase(passphrase_file, False, "Passphrase of the witness's key") if sealed else None
        answers, notes = book.sign(raw, book.signer(secret), SystemClock().wall_ms() // 1000)
    finally:
        book.close()
    if notes:
        talk.out(out, notes)
    if json:
        rows = [{"origin": x.origin, "size": x.size, "result": x.result, "signed_before": x.had} for x in answers]
        talk.emit({"sessions": rows})
    elif str(out) != "-":
        for one in answers:
            talk.data(f"{one.result}  {one.origin}  {one.size} records")
    for one in answers:
        if one.result != "signed":
            before = f" (it signed {one.had} records before)" if one.had else ""
            talk.warn(f"Not signed: {one.origin}, {WHY[one.result]}{before}.", NEXT[one.result])
    if not notes:
        talk.say("There is nothing to sign.")
    else:
        talk.say("Send the file back to head office: fieldkit central witness FILE --home DIR takes it in.")
    return 0 if notes and all(one.result == "signed" for one in answers) else 1


def _central(text: str) -> VKey:
    from fieldkit.log.keys import VKey

    try:
        key = VKey.parse(text.strip())
    except BadBytes as error:
        raise WrongUsage(
            f"That is not a central key ({error.reason}).", "It looks like name/central+ce025969+BK…"
        ) from error
    if key.role != "central":
        raise WrongUsage(f"{key.name} is not a central key.", "It looks like name/central+ce025969+BK…")
    return key
