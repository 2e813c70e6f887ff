"""Table → CSV as spreadsheets open it: UTF-8 with a byte-order mark, CRLF, quotes only where they are needed.

Excel, LibreOffice and Sheets run a cell that begins with `= + - @`, TAB or CR as a formula, and some input methods
hand them the full-width signs; quoting does not stop them. Such a value, or header, gets a leading `'`. See OWASP
"CSV Injection". The bytes are a promise (a golden file checks them), so the writer is these few lines and not the
standard library's, whose quoting rules have changed between releases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fieldkit.core.tables import Table
from fieldkit.errors import WrongUsage

SEPARATORS = {",": ",", ";": ";", "|": "|", "\t": "\t", "tab": "\t", "\\t": "\t"}
"""What `--sep` takes → the sign."""
BOM = b"\xef\xbb\xbf"
FORMULA = frozenset("=+-@\t\r＝＋－＠")


def write(table: Table, sep: str = ",") -> bytes:
    """The whole table, header first. Raises WrongUsage for a separator that no spreadsheet guesses."""
    return BOM + lines((table.columns, *table.rows), separator(sep))


def lines(rows: Iterable[Sequence[str]], sign: str) -> bytes:
    """Rows without a mark in front; `sign` as `separator` gives it."""
    text = "".join(sign.join([cell(value, sign) for value in row]) + "\r\n" for row in rows)
    return text.encode("utf-8", "replace")


def separator(sep: str) -> str:
    """The sign that `--sep` means. Raises WrongUsage."""
    sign = SEPARATORS.get(sep.lower())
    if sign is None:
        raise WrongUsage(f"A CSV file cannot be separated by {sep[:10]!r}.", "Use --sep with , or ; or | or tab.")
    return sign


def cell(value: str, sep: str) -> str:
    """One value, guarded and quoted."""
    if value and value[0] in FORMULA:
        value = "'" + value
    if sep in value or '"' in value or "\n" in value or "\r" in value:
        return '"' + value.replace('"', '""') + '"'
    return value
