"""The 80×24 text of the live screen, whole, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from fieldkit.core import intents as w
from fieldkit.core.plan import Option
from fieldkit.tui import say
from fieldkit.tui.app import LiveApp, run_live
from tests.tui.room import ROSTER, FakeTools, Room, live, open_room, plan, text_of, until_text

QUESTION = """\
 fieldkit  Lockout/Tagout refresher · L4… 12:00 of 45:00  5:00 behind  SAVED 19
 JOIN  http://10.42.0.1  code K7M4  fresh 417      phones 3  away 1  no phone 1
 STEP 3/5 activation  ▸ The breaker is open and locked. … choice  round 1  OPEN
────────────────────────────────────────────────────────────────────────────────
 The breaker is open and locked. What can still hurt  answered 2 of 5 present
 you?
                                                      missing 3
 A ● Nothing                               0          · Li Wei
 B ■ Air in the cylinder ███▎              1          · Maria Lopez Hern… (away)
 C ▲ Gravity             ███▎              1 ✓ right  · Olu Adeyemi (no phone)
 D ◆ A second feed                         0

 hidden from the room until you reveal



────────────────────────────────────────────────────────────────────────────────
 NOTES  Ask who has seen the ram drift. Do not read the slide.

 NEXT   What would you check first?
 HANDS 1 Ana Ruiz [H]     QUESTIONS 0 new     TEMPO –
 ✓ Next step. Closed for it: “How sure are you with the lockout steps?”
 [space] close   [v] re-vote   [n] next   [b] badge   [p] for somebody
 [!] alarm   [a] ask   [w] people   [s] sheet   [?] all keys"""


async def the_question(room: Room, pilot: Pilot[object]) -> None:
    """Five are in, one by badge; the second question is open and two have answered it."""
    phones = [await room.join(name, badge, live=badge != "E1004") for badge, name in ROSTER[:4]]
    await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="E1005"))
    await pilot.press("n")
    await until_text(pilot, " 1/5 ")
    room.clock.advance(12 * 60_000)
    await room.do(w.OpenActivity(activity="warm"))
    await pilot.press("n")
    await until_text(pilot, "Gravity")
    await room.answer(phones[0], "hurt", "c")
    await room.answer(phones[1], "hurt", "b")
    await room.do(w.RaiseHand(up=True), phones[0])
    await until_text(pilot, " 1 Ana Ruiz")


async def test_the_live_screen_with_a_question(tmp_path: Path) -> None:
    """Header, join, step, bars, missing, notes, next, hands, keys: every line."""
    async with live(tmp_path) as (room, app, pilot):
        await the_question(room, pilot)
        await until_text(pilot, "answered 2 of 5")
        assert text_of(app) == QUESTION


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 40), (60, 20)])
async def test_no_line_is_wrapped_or_too_wide_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    """Each screen, narrow and wide: rules unbroken, keys at the bottom."""
    async with live(tmp_path, size=size) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "OPEN")
        for key in ("", "w", "s", "d", "t", "k", "q", "question_mark"):
            if key:
                await pilot.press(key)
                await until_text(pilot, "back")
            await pilot.pause(0.1)
            lines = text_of(app).split("\n")
            assert lines[0].startswith(" fieldkit"), key
            rules = [line for line in lines if line.startswith("────")]
            assert rules and all(len(line) == size[0] for line in rules)
            assert "[" in lines[-1] + lines[-2]
            if key:
                await pilot.press("escape")
                await until_text(pilot, "JOIN")


async def test_long_and_many_things_are_cut_with_an_ellipsis(tmp_path: Path) -> None:
    """Sixty people missing, six long choices, a long question: the screen holds, and says where the rest is."""
    roster = [(f"B{k:03}", f"Worker number {k} with a long name") for k in range(60)]
    made = plan()
    hurt = made.activities[1]
    long = [Option(id=c, text=[f"Choice {c} that goes on and on until nobody reads it"]) for c in "abcdef"]
    asked = replace(hurt, text=["Why? " * 60], options=long)
    activities = [asked if a is hurt else a for a in made.activities]
    async with open_room(tmp_path, roster, made=replace(made, activities=activities)) as room:
        for badge, _name in roster:
            await room.do(w.CheckIn(new_p=room.desk.new_p(), badge=badge))
        await room.do(w.OpenActivity(activity="hurt"))
        app = LiveApp(room.desk, FakeTools(tmp_path), "")
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await until_text(pilot, "and 53 more: press w")
            assert "F ⬢ Choice f that goes" in screen
            assert "Why? …" in screen or "…" in screen.split("\n")[6]
            assert "missing 60" in screen


PEOPLE = """\
 fieldkit  Who is here  2 of 5 expected are here, and 1 more.
  NAME                     BADGE       STATUS     CAME BY           MARKED
────────────────────────────────────────────────────────────────────────────────
▸ Ana Ruiz                 E1001       ● in       phone             late
  Bo Tran                  E1002       ● away     phone
  Zed Zee                  Z9          ● in       badge, walk-in
  Li Wei                   E1003       ○ expected
  Maria Lopez Hernandez d… E1004       ○ expected
  Olu Adeyemi              E1005       ○ expected"""


async def test_the_list_of_people(tmp_path: Path) -> None:
    """Who is in first; columns in line; the shape says it without colours."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.join("Bo Tran", "E1002", live=False)
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="Z9", name="Zed Zee"))
        await room.do(w.Mark(who="E1001", status="late"))
        await pilot.press("w")
        await until_text(pilot, "Zed Zee")
        assert text_of(app).split("\n\n")[0] == PEOPLE


SHEET = """\
 fieldkit  Run sheet  0:00 of 45:00  1:00 ahead
────────────────────────────────────────────────────────────────────────────────
  What can hurt you                                                now   10 min
    ✓  0:00  say       Welcome everybody
▸   ▸  1:00  ask       How sure are you with the lockout steps?
    ›  4:00  ask       The breaker is open and locked. What can still hurt you?
    ·  7:00  ask       What would you check first?
  Take it to the floor                                                   35 min
    ·  0:00  ask       What will you do differently tomorrow?"""


async def test_the_run_sheet(tmp_path: Path) -> None:
    """Segments with their minutes, steps with their time; the cursor begins where we are."""
    async with live(tmp_path) as (room, app, pilot):
        await room.do(w.NextStep())
        await room.do(w.NextStep())
        await until_text(pilot, "STEP 2/5")
        await pilot.press("s")
        await until_text(pilot, "Take it to the floor")
        assert text_of(app).split("\n\n")[0] == SHEET


SPANISH = """\
 fieldkit  Lockout/Tagout refresh… 12:00 de 45:00  5:00 de retraso  GUARDADO 19
 ENTRE  http://10.42.0.1  código K7M4  momento 417 tel. 3  inact. 1  sin tel. 1
 PASO 3/5 activación  ▸ The breaker is open and loc… opciones  ronda 1  ABIERTA
────────────────────────────────────────────────────────────────────────────────
 The breaker is open and locked. What can still hurt  respondieron 2 de 5
 you?
                                                      faltan 3
 A ● Nothing                            0             · Li Wei
 B ■ Air in the cylinder ██▋            1             · Maria Lopez … (inactivo)
 C ▲ Gravity             ██▋            1 ✓ correcta  · Olu Adey… (sin teléfono)
 D ◆ A second feed                      0

 oculta para la sala hasta que la muestre



────────────────────────────────────────────────────────────────────────────────
 NOTAS  Ask who has seen the ram drift. Do not read the slide.

 SIGUE  What would you check first?
 MANOS 1 Ana Ruiz  Q 0  RITMO 1 perdidos, 2 bien  SALA 1 espera en la puerta
 ✓ Paso siguiente. Se cerró por ella: “How sure are you with the lockout steps?”
 [espacio] cerrar   [v] otra ronda   [n] avanzar   [b] credencial
 [p] por otro   [!] alarma   [a] preguntar   [w] gente   [s] guion   [?] ayuda"""


@pytest.fixture
def spanish() -> Iterator[None]:
    """The terminal speaks Spanish for one test."""
    say.use("es")
    yield
    say.use("en")


async def test_the_live_screen_in_spanish(tmp_path: Path, spanish: None) -> None:
    """The same screen, its words longer: nothing wraps, nothing is lost that a trainer must see."""
    async with live(tmp_path) as (room, app, pilot):
        await the_question(room, pilot)
        room.desk.pulse.knocked("somebody")
        for p, tap in zip(room.desk.session.people, ("lost", "ok", "ok"), strict=False):
            room.desk.pulse.tap(p, tap)
        room.desk.pulse_changed()
        await until_text(pilot, "1 espera en la puerta")
        await until_text(pilot, "respondieron 2 de 5")
        assert text_of(app) == SPANISH


async def test_every_screen_in_spanish_fits_80_by_24(tmp_path: Path, spanish: None) -> None:
    """No rule is broken and no heading is cut; the way back is at the bottom."""
    async with live(tmp_path) as (room, app, pilot):
        await the_question(room, pilot)
        await room.do(w.Mark(who="E1001", status="left_early"))
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="Z9", name="Zed Zee"))
        seen = ""
        for key in ("w", "s", "d", "t", "k", "q", "p", "question_mark", "a", "x", "E"):
            await pilot.press(key)
            seen += await until_text(pilot, "volver")
            assert all(len(line) <= 80 for line in text_of(app).split("\n")), key
            await pilot.press("escape")
            await until_text(pilot, "ENTRE")
        for words in (
            "NOMBRE  ", "CREDENCIAL  ", "ESTADO  ", "ENTRÓ POR  ", "MARCA", "● inactivo ", "salió antes",
            "credencial, nuevo", "Guion", "preguntar ", "Debate", "Resultados", "ABIERTA", "Notas", "Cómo entrar",
            "Responder por alguien", "Todas las teclas", "dejar entrar a quien espera", "Preguntar a la sala",
            "Exportar una tabla", "¿Terminar la sesión para todos?",
        ):  # fmt: skip
            assert words in seen, words


async def test_the_terminal_speaks_the_language_that_was_chosen(tmp_path: Path, spanish: None) -> None:
    """`--lang` wins over the pack's language; a region has its language's words."""
    seen = []

    async def leave(pilot: object) -> None:
        assert isinstance(pilot, Pilot)
        seen.append(await until_text(pilot, "10.42.0.1"))
        pilot.app.exit("left")

    async with open_room(tmp_path) as room:
        for lang in ("es-MX", ""):
            await run_live(room.desk, FakeTools(tmp_path), lang, headless=True, size=(80, 24), auto_pilot=leave)
    assert "GUARDADO" in seen[0] and "SAVED" in seen[1]
