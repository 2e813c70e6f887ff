"""What the header of a roster's column means, in the words of many languages and programs. Pure."""

from __future__ import annotations

import unicodedata

FIELDS = ("badge", "id_issuer", "name", "last_name", "first_name", "employer", "role", "crew", "supervisor", "card")
NAMES = ("name", "last_name", "first_name")
"""Fields of which a row with a badge should have one."""
COLUMNS = (*FIELDS, "lang", "email")
"""Columns with a meaning; every other one is kept as a note."""
ALIASES = {
    "badge": (
        "badgeno badgenumber badgeid id employeeid employeeno employeenumber personid personnelnumber personnelno"
        " staffid staffno staffnumber payrollnumber clocknumber nbadge"
        " personalnummer personalnr persnr ausweisnummer ausweisnr mitarbeiternummer mitarbeiternr stammnummer"
        " matricule numeromatricule numerodematricule numerodebadge"
        " matricula numerodeempleado numerodeempleada numeroempleado noempleado nodeempleado numempleado gafete legajo"
        " credencial cracha numerodocracha"
        " numerpracownika nrpracownika identyfikator numeridentyfikatora numerewidencyjny"
        " sicilno sicilnumarası personelno manhanvien masonhanvien"
        " الرقمالوظيفي رقمالموظف 工号 员工编号 员工号 工牌号"
    ),
    "id_issuer": "issuer idissuer badgeissuer",
    "name": (
        "fullname displayname employeename nombre nombrecompleto nombreyapellidos nombreyapellido nombresyapellidos"
        " apellidosynombre apellidosynombres vollername vornachname vornameundnachname vornamenachname nachnamevorname"
        " nomcomplet nometprenom prenometnom nomprenom prenomnom nome nomecompleto imieinazwisko nazwiskoiimie"
        " adsoyad adısoyadı hovaten hoten الاسم الاسمالكامل 姓名"
    ),
    "last_name": (
        "lastname surname familyname apellido apellidos nachname familienname nom sobrenome nazwisko soyad soyadı"
    ),
    "first_name": "firstname givenname forename nombredepila vorname prenom imie",
    "employer": "company firm contractor empresa",
    "role": "job jobtitle title puesto",
    "crew": "team cuadrilla equipo",
    "supervisor": "boss manager foreman",
    "card": "cardno cardnumber rfid nfc uid",
    "lang": "language idioma sprache langue",
    "email": "mail emailaddress correo",
}
MAYBE = "number no nr num nummer numero numer numara"
"""Headers of a badge where no other column is one and the cells do not merely count the rows."""
MAX_CELL = 1_000
"""Characters of one cell; longer means that the file is not a roster or a quotation mark was never closed."""


def key_of(cell: str) -> str:
    """A header without case, accents, spaces and signs."""
    flat = unicodedata.normalize("NFKD", cell[:MAX_CELL]).casefold()
    return "".join(c for c in flat if c.isalnum())


KNOWN = {key_of(c): c for c in COLUMNS} | {key_of(alias): c for c, some in ALIASES.items() for alias in some.split()}
"""A header as `key_of` gives it → its meaning."""


def with_badge(header: list[str], body: list[tuple[int, list[str]]]) -> list[str]:
    """The header, with `badge` for the only column that is called a number and holds one of its own in each row."""
    if any(KNOWN.get(key_of(cell)) == "badge" for cell in header):
        return header
    maybe = [k for k, cell in enumerate(header) if key_of(cell) in MAYBE.split()]
    if len(maybe) != 1:
        return header
    at = maybe[0]
    cells = [row[at].strip() if at < len(row) else "" for _line, row in body]
    counted = all(cell.lstrip("0") in (str(k), str(k + 1), str(k + 2)) for k, cell in enumerate(cells))
    if counted or len(set(cells)) < len(cells) or not all(any(c.isdigit() for c in cell) for cell in cells):
        return header
    return [*header[:at], "badge", *header[at + 1 :]]
