"""`fieldkit-attach/1`: the note by which a laptop asks to be let in, over one connection and once.

```
fieldkit-attach/1
device ld.acme.example/dev/7q2k+8d9aa389+AW9E4hQreedCexdPluUfayLr9km9aGQiDlZLuZeJRDYz
cert <hex SHA-256 of the listener's public key>
nonce <base64 of the 32 bytes that the listener sent>
name Kim Lee

— ld.acme.example/dev/7q2k …
```

The nonce makes it worthless over any other connection, the hash at any other listener.
"""

from __future__ import annotations

import msgspec

from fieldkit.core.clean import clean_name
from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey, six_words
from fieldkit.log.note import fields_text, open_note, read_fields, sign_note, split_note

NOTE_MAX = 2 * 1024


class Asker(msgspec.Struct, frozen=True):
    """Whoever holds this key asks; whose laptop that is the six words tell, compared by voice or eye."""

    vkey: VKey
    name: str

    @property
    def words(self) -> str:
        return six_words(self.vkey)


def attach_note(signer: Signer, key_hash: bytes, nonce: str, name: str) -> bytes:
    """`key_hash` of the listener's certificate, `nonce` as it came, `name` as people shall read it."""
    fields = [("device", str(signer.vkey)), ("cert", key_hash.hex()), ("nonce", nonce), ("name", clean_name(name))]
    return sign_note(fields_text("attach", fields), signer)


def read_note(raw: bytes, key_hash: bytes, nonce: str) -> Asker:
    """Who asks, here and now. Raises BadBytes: `other-listener`, `replayed`, `wrong-role` and what notes raise."""
    text, _ = split_note(raw, NOTE_MAX)
    device, cert, once, name = read_fields(text, "attach", ("device", "cert", "nonce", "name"))
    vkey = VKey.parse(device)
    if vkey.role != "dev":
        raise BadBytes("wrong-role", "only a laptop asks to be attached")
    open_note(raw, [vkey], NOTE_MAX)
    if cert != key_hash.hex():
        raise BadBytes("other-listener", "this note is for another listener")
    if once != nonce:
        raise BadBytes("replayed", "this note is for another connection")
    named = clean_name(name)
    if not named or named != name:
        raise BadBytes("bad-note", "no name that people can read")
    return Asker(vkey, named)
