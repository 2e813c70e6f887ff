"""Write i18n/<lang>.yaml: every text of the pack, what is translated already, and the hash of each source.

The file is for a translator in a plain editor: in the order of the pack, the source as a comment above each text
that is missing or whose source has changed. Texts the pack no longer has are kept at the end, never thrown away.
"""

from __future__ import annotations

import json
import re

from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack, Translation
from fieldkit.packs.texts import hash_of, source_hash, texts_of

_PLAIN = re.compile(r"[^\W\d_](?:[^:#\n\t{}\[\],&*!|>'\"%@`]|:(?=\S)|,)*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off"))


def translation_file(loaded: Loaded, pack: Pack, lang: str) -> str:
    """The text of i18n/<lang>.yaml, ready to be filled in; texts that are there keep their words."""
    old = loaded.translations.get(lang, Translation(language=lang))
    texts = texts_of(pack)
    doc = loaded.doc
    if doc is not None:  # the model's order of fields is not the author's
        texts = dict(sorted(texts.items(), key=lambda item: doc.line(item[1].place)))
    out = [
        f"# {pack.title}: texts in {lang}. Write the translation after the colon; what is missing is shown in "
        f"{pack.language}.",
        f"language: {lang}",
        f'of: {{id: {pack.id}, version: {pack.version}, source_hash: "{source_hash(pack)}"}}',
        "strings:",
    ]
    hashes: list[str] = []
    for key, source in texts.items():
        found = old.strings.get(key, "")
        want = hash_of(source.text)
        kept = old.hashes.get(key, want)
        if not found or kept != want:
            note = "changed, was translated from another text" if found else pack.language
            out += [f"  # {note}: {line}" for line in source.text.strip().split("\n")]
        out.append(f"  {key}: {_value(found)}")
        if found:
            hashes.append(f'  {key}: "{kept}"')
    gone = [key for key in old.strings if key not in texts]
    if gone:
        out.append("  # no longer in the pack:")
        out += [f"  {json.dumps(key, ensure_ascii=False)}: {_value(old.strings[key])}" for key in gone]
    return "\n".join([*out, *(["hashes:", *hashes] if hashes else [])]) + "\n"


def _value(text: str) -> str:
    """A text as YAML reads it back: plain where that is safe, a block for lines, else in double quotes."""
    if not text:
        return '""'
    lines = text.strip("\n").split("\n")
    if len(lines) > 1 and all(line == line.rstrip() and "\t" not in line for line in lines) and lines[0][:1] != " ":
        return "|\n" + "\n".join(f"    {line}" if line else "" for line in lines)
    if _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
