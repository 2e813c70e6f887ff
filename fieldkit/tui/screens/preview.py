"""A roster before it is taken: how it was read, what to put right in it, its first rows.

The rules are `fieldkit.roster`'s and `fieldkit.rosterlook`'s; here they are shown. The file itself is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.roster import AS_IT_IS, Fixes, Row
from fieldkit.rosterheads import COLUMNS
from fieldkit.rosterlook import Look, Problem
from fieldkit.tui.hometools import HomeTools
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain
from fieldkit.tui.say import _, count, told
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.choice import ChoiceBox
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.page import Leaf
from fieldkit.tui.screens.progress import worked

CELL = 16
"""Widest column of the preview."""
NOTE = "note"


def meaning_word(meaning: str) -> str:
    return {
        "badge": _("badge"),
        "id_issuer": _("who gave the badge"),
        "name": _("whole name"),
        "last_name": _("last name"),
        "first_name": _("first name"),
        "employer": _("employer"),
        "role": _("job"),
        "crew": _("crew"),
        "supervisor": _("supervisor"),
        "card": _("card"),
        "lang": _("language"),
        "email": _("e-mail"),
        "": _("note"),
    }.get(meaning, meaning)


def problem_words(p: Problem) -> str:
    """One sentence."""
    if p.kind == "no-name":
        return _("Row {n}: badge {badge} has no name.", n=p.line, badge=p.value)
    if p.kind == "twice":
        words = _("Row {n}: badge {badge} is already in row {other}; left out.", n=p.line, badge=p.value, other=p.other)
        return f"{words}  {p.who}" if p.who else words
    if p.kind == "nobody":
        return _("Row {n} has neither badge nor name; left out.", n=p.line)
    return _("Column “{name}” is kept as a note.", name=p.value)


class MeaningBox(ChoiceBox):
    """What a column holds; a note is a choice too."""

    def __init__(self, column: str) -> None:
        rows = [(NOTE, plain(_("nothing we know: keep it as a note")))]
        rows += [(m, plain(meaning_word(m))) for m in COLUMNS]
        super().__init__(_("What is in the column “{name}”?", name=column), rows)


class Taken(NamedTuple):
    """Who is expected, and the file that says so; no file where nobody is expected by name."""

    rows: tuple[Row, ...] = ()
    path: Path | None = None


class Mended:
    """What was put right in each file, kept while the form is open: another look at the same file has it."""

    def __init__(self) -> None:
        self._of: dict[Path, tuple[Look, Fixes]] = {}

    def keep(self, path: Path, as_it_is: Look, fixes: Fixes) -> None:
        self._of[path] = (as_it_is, fixes)

    def of(self, path: Path, as_it_is: Look) -> Fixes:
        """Nothing when the file has changed: its lines may mean others."""
        look, fixes = self._of.get(path, (None, AS_IT_IS))
        return fixes if look == as_it_is else AS_IT_IS


class PreviewScreen(Leaf[Taken]):
    """Enter on the first row takes the people; on a problem it puts that right."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "take, or put it right", "Roster", foot=True),
        key("x", "leave_out", "leave the row out", "Roster", foot=True),
        key("m", "meaning", "what a column holds", "Roster", foot=True),
        key("u", "undo", "undo every fix", "Roster", foot=True),
        key("ctrl+s", "take", "take them", "Roster", foot=True),
    ]

    def __init__(
        self,
        tools: HomeTools,
        path: Path,
        look: Look,
        fixes: Fixes = AS_IT_IS,
        keep: Callable[[Fixes], None] = lambda fixes: None,
    ) -> None:
        """`look` is with these `fixes`; `keep` is told of them whenever they change."""
        super().__init__()
        self.tools = tools
        self.path = path
        self.look = look
        self.fixes = fixes
        self.keep = keep

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Pick).focus()

    def title_words(self) -> tuple[str, str]:
        parts = [x for x in (self.look.encoding, self._separator()) if x]
        return self.path.name, " · ".join(parts)

    def _separator(self) -> str:
        return _("cut at {sign}", sign=self.look.separator) if self.look.separator else ""

    # ---- drawing

    def draw(self, width: int, height: int) -> None:
        room = width - 3
        look = self.look
        lines: list[tuple[str, Content]] = []
        if look.wrong:
            lines.append(("-wrong", fit(plain(f"✕ {told(look.wrong)}", "bold $refused"), room)))
            lines.append(("-hint", fit(plain(f"  {told(look.hint)}"), room)))
        else:
            words = count("Take this {n} person", "Take these {n} people", look.count)
            lines.append(("take", fit(plain(words, "bold $accent"), room)))
        if look.problems:
            lines.append(("-problems", plain(_("TO PUT RIGHT, OR TO LEAVE AS IT IS"), "$muted")))
            lines += [(f"p{k}", fit(plain(problem_words(p)), room)) for k, p in enumerate(look.problems)]
        if look.columns:
            lines.append(("-first", plain(_("FIRST ROWS"), "$muted")))
            lines.append(("-head", self._cells([meaning_word(c.meaning) for c in look.columns], room, "bold", "")))
            lines.append(("-header", self._cells([c.header for c in look.columns], room, "$muted", _("row"))))
            lines += [
                (f"r{line}", self._cells(list(cells), room, self._style(line), str(line))) for line, cells in look.rows
            ]
        self.query_one(Pick).show(lines)

    def _style(self, line: int) -> str:
        return "strike $muted" if line in self.fixes.out else ""

    def _cells(self, cells: list[str], room: int, style: str, line: str) -> Content:
        n = max(1, len(self.look.columns))
        each = max(6, min(CELL, (room - 6) // n - 1))
        parts = [fit(line, 5, "$muted", right=True), plain(" ")]
        for k, cell in enumerate(cells[:n]):
            said = self.fixes.cells.get((int(line), self._meaning(k))) if line.isdigit() else None
            parts += [fit(cell if said is None else said, each, style if said is None else "bold $saved"), plain(" ")]
        return fit(join(*parts), room)

    def _meaning(self, column: int) -> str:
        return self.look.columns[column].meaning if column < len(self.look.columns) else ""

    # ---- what is chosen

    def _problem(self) -> Problem | None:
        at = self.query_one(Pick).at or ""
        k = int(at[1:]) if at[:1] == "p" and at[1:].isdigit() else -1
        return self.look.problems[k] if 0 <= k < len(self.look.problems) else None

    def _line(self) -> int:
        """The roster's row under the cursor, 0 without one."""
        at = self.query_one(Pick).at or ""
        problem = self._problem()
        if problem is not None:
            return problem.line
        return int(at[1:]) if at[:1] == "r" and at[1:].isdigit() else 0

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        problem = self._problem()
        if self.query_one(Pick).at == "take":
            self.action_take()
        elif problem is None:
            self.tell(_("Press x to leave this row out, ^s to take the people."))
        elif problem.kind == "column":
            self._ask_meaning(problem.column, problem.value)
        else:
            self._ask_cell(problem)

    def _ask_cell(self, p: Problem) -> None:
        def typed(text: str | None) -> None:
            if text:
                self._fix(replace(self.fixes, cells={**self.fixes.cells, (p.line, p.field): text}))

        title = _("Row {n}: {what}", n=p.line, what=meaning_word(p.field))
        # What the row says already, so that nobody types a badge into another one's row.
        whose = ", ".join(x for x in (p.who, f"{meaning_word('badge')} {p.value}" if p.value else "") if x)
        hint = _("It is put right here only; the file stays as it is. Esc leaves it, x leaves the row out.")
        hint = f"{whose}. {hint}" if whose else hint
        self.app.push_screen(LineBox(title, hint, does=_("put it right"), missing=_("Type it, or press Esc.")), typed)

    def _ask_meaning(self, column: int, header: str) -> None:
        def chosen(meaning: str | None) -> None:
            if meaning is not None:
                wanted = "" if meaning == NOTE else meaning
                others = {k: v for k, v in self.fixes.columns.items() if not wanted or v != wanted}
                self._fix(replace(self.fixes, columns={**others, column: wanted}))

        self.app.push_screen(MeaningBox(header), chosen)

    def action_meaning(self) -> None:
        """Any column, also one that was understood otherwise than it is meant."""

        def chosen(at: str | None) -> None:
            if at is not None:
                k = int(at)
                self._ask_meaning(k, self.look.columns[k].header)

        if self.look.columns:
            self.app.push_screen(ColumnBox(self.look), chosen)

    def action_leave_out(self) -> None:
        line = self._line()
        if not line:
            self.tell(_("Choose a row first."))
            return
        out = self.fixes.out ^ {line}
        self._fix(replace(self.fixes, out=frozenset(out)))

    def action_undo(self) -> None:
        self._fix(AS_IT_IS)

    def _fix(self, fixes: Fixes) -> None:
        async def run() -> None:
            look = await worked(
                self,
                _("Reading {name}", name=self.path.name),
                lambda work: self.tools.roster(self.path, fixes, work.told, work.stopped),
            )
            self.fixes, self.look = fixes, look
            self.keep(fixes)
            self.redraw()
            if look.wrong:
                self.tell(told(look.wrong))
            else:
                self.tell(count("{n} person will be expected.", "{n} people will be expected.", look.count), ok=True)

        self.go(run)

    def action_take(self) -> None:
        if self.look.wrong:
            self.tell(" ".join(told(x) for x in (self.look.wrong, self.look.hint) if x))
        else:
            self.dismiss(Taken(self.look.expected, self.path))


class ColumnBox(ChoiceBox):
    """Which column: its header and what it was taken for."""

    def __init__(self, look: Look) -> None:
        rows = [
            (str(c.at), join(fit(c.header, 28), plain("  "), plain(meaning_word(c.meaning), "$muted")))
            for c in look.columns
        ]
        super().__init__(_("Which column?"), rows)
