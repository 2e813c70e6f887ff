"""Every activity type on the phone's page: the forms without script make exactly what the rules take, the shared
fragment holds nothing personal and no key, results say what happened in words, and everything stays small."""

from __future__ import annotations

import re
from datetime import UTC
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.views import (
    GroupView,
    Me,
    OpenSeat,
    OptionView,
    QuestionView,
    ResultSeat,
    SayView,
    SeatView,
    TargetView,
    WallView,
)
from fieldkit.core.walkin import walkin_code
from fieldkit.lan import marks, pages, personal
from fieldkit.words import words_for
from tests.kit.phone import Phone
from tests.kit.plans import ALL
from tests.lan.conftest import CODE, Room

HOSTILE = "<b onmouseover=alert(1)>Ann</b> [/] Lee \"'&; =1+1 " + "W" * 70


class Forms(HTMLParser):
    """The forms of a page as a browser without script has them: by what they are about, their fields in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, list[dict[str, str]]] = {}
        self._now: list[dict[str, str]] | None = None
        self._select: dict[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {k: v or "" for k, v in attrs}
        if tag == "form":
            self._now = self.forms.setdefault(got["data-k"], [])
        elif tag == "option" and self._select is not None:
            self._select["options"] += got["value"] + " "
        elif self._now is not None and tag in ("input", "button", "select", "textarea"):
            got["tag"] = tag
            got["options"] = ""
            self._now.append(got)
            self._select = got if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._now = None

    def body(self, key: str, *more: tuple[str, str]) -> bytes:
        """What is sent: the hidden fields and these."""
        hidden = [(x["name"], x["value"]) for x in self.forms[key] if x.get("type") == "hidden"]
        return urlencode([*hidden, *more]).encode()


async def page_of(phone: Phone, path: str = "") -> str:
    async with phone.http.get(phone.url + path, headers=phone.headers()) as got:
        return await got.text()


async def send(phone: Phone, body: bytes) -> str:
    """A form; where it led."""
    head = {**phone.headers(), "Content-Type": "application/x-www-form-urlencoded"}
    async with phone.http.post(phone.url + "/v1/intents", data=body, headers=head, allow_redirects=False) as got:
        assert got.status == 303
        return got.headers["Location"]


CASES: list[tuple[str, list[tuple[str, str]], list[str], str | None]] = [
    ("n1", [("v", "3,8"), ("sure", "sure")], ["3.8"], None),
    ("w1", [("text", "VALVULA")], [], "VALVULA"),
    ("o1", [("v", x) for x in ("shut", "lock", "verify", "notify")], ["shut", "lock", "verify", "notify"], None),
    ("m1", [("v", "hasp=p"), ("v", "cover=e"), ("v", "tag=h")], ["hasp=p", "cover=e", "tag=h"], None),
    ("h1", [("v", "middle")], ["middle"], None),
    ("k1", [("v", ""), ("v", "heat"), ("v", "noise")], [], "heat, noise"),
    ("x1", [("text", "One thing")], [], "One thing"),
]


@pytest.mark.parametrize(("activity", "fields", "v", "text"), CASES, ids=[c[0] for c in CASES])
async def test_a_form_without_script_makes_the_answer(
    every: Room, activity: str, fields: list[tuple[str, str]], v: list[str], text: str | None
) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        await every.open(activity)
        forms = Forms(await page_of(ana))
        assert await send(ana, forms.body(f"{activity}/1", *fields)) == "/"
        (answer,) = every.desk.session.runs[activity][0].answers.values()
        assert (answer.v, answer.text) == (v, text)
        again = await page_of(ana)
        assert ">✓ saved<" in again
        for value in v:  # what was answered is chosen in the form that comes back
            assert re.search(rf'value="{re.escape(value)}"( checked| selected| aria-pressed="true"|>|")', again)


async def test_a_quiz_is_answered_question_by_question(every: Room) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        await every.open("z1")
        forms = Forms(await page_of(ana))
        assert {"z1/1/q1", "z1/1/q2", "z1/1/q3"} <= set(forms.forms)
        await send(ana, forms.body("z1/1/q1", ("v", "b")))
        await send(ana, forms.body("z1/1/q2", ("v", "a"), ("v", "c")))
        await send(ana, forms.body("z1/1/q3", ("v", "false")))
        assert every.desk.session.runs["z1"][0].answered() == 1
        html = await page_of(ana)
        assert "Question 2 of 3" in html and html.count(">✓ saved<") == 3


async def test_the_choices_come_after_the_time_to_read(make_room: Any) -> None:
    slow = [msgspec.structs.replace(a, reading=60) if a.id in ("c1", "z1") else a for a in ALL.activities]
    room: Room = await make_room(msgspec.structs.replace(ALL, activities=slow))
    async with Phone(room.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        for activity, word in (("c1", "option a"), ("z1", "Second?")):
            await room.open(activity)
            html = await page_of(ana)
            assert "Read. Choices in" in html and word not in html and f'id="q-{activity}-1"' not in html
            await room.do(w.CloseActivity())


async def test_groups_without_names_for_all_and_with_names_for_their_own(every: Room) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana, Phone(every.url, "Bo Tanaka") as bo:
        await ana.come_in(CODE)
        await bo.come_in(CODE)
        await every.open("b1")
        shared = every.lan.site.live("en")  # type: ignore[union-attr]
        assert "Ana Ruiz" not in shared and "Bo Tanaka" not in shared and "Group 1" in shared
        page = await page_of(ana)
        assert "Your group: 1" in page and "Ana Ruiz" in page
        wrote = [x for x in (ana, bo) if "You write for your group." in await page_of(x)]
        assert len(wrote) == 1
        forms = Forms(await page_of(wrote[0]))
        await send(wrote[0], forms.body("b1/1/say", ("text", "Two energies")))
        assert [x.text for x in every.desk.session.says.values()] == ["Two energies"]


async def test_a_checklist_shows_everybody_only_their_own(every: Room) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana, Phone(every.url, "Bo Tanaka") as bo:
        await ana.come_in(CODE)
        await bo.come_in(CODE)
        await every.open("l1")
        assert "not yet" in await page_of(ana)
        who = next(x.p for x in every.desk.session.people.values() if x.name == "Ana Ruiz")
        await every.do(w.MarkItem(who=who, activity="l1", item="try"))
        assert "<b>shown</b>" in await page_of(ana) and "<b>shown</b>" not in await page_of(bo)
        assert "<b>shown</b>" not in every.lan.site.live("en")  # type: ignore[union-attr]


async def test_several_things_at_once_stand_in_the_order_in_which_they_are_to_be_done(every: Room) -> None:
    """The newest question first, what only the trainer marks last and folded, one's group above its task."""
    async with Phone(every.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        for id in ("l1", "b1", "c1"):
            await every.open(id)
        page = await page_of(ana)
    assert page.index('id="q-c1-1"') < page.index('id="q-b1-1"') < page.index('id="q-l1-1"')
    assert page.index("Your group: 1") < page.index('id="h-b1-1"')
    folded = page[page.index('id="q-l1-1"') :]
    assert folded.index("<details>") < folded.index("Your trainer marks what you show.") < folded.index("</details>")


async def test_a_shared_phone_acts_for_one_at_a_time_without_script(every: Room) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        more = Forms(await page_of(ana, "/?more=1"))
        where = await send(ana, more.body("join", ("name", "Bo Tanaka")))
        bo = next(x.p for x in every.desk.session.people.values() if x.name == "Bo Tanaka")
        assert where == f"/?as={bo}"
        assert marks.code_of(walkin_code(bo)) in await page_of(ana, where), "the mate's own code, for next time"
        await every.open("c1")
        page = await page_of(ana, where)
        assert 'aria-current="true">Bo Tanaka<' in page and ">Ana Ruiz</a>" in page
        assert await send(ana, Forms(page).body("c1/1", ("v", "b"))) == where
        ((p, _),) = every.desk.session.runs["c1"][0].answers
        assert p == bo
        first = await page_of(ana)
        assert 'aria-current="true">Ana Ruiz<' in first and ">✓ saved<" not in first
        assert "You answered" not in await page_of(ana, "/?as=nobody")  # whoever is not on this seat is not acted for
        me = {x.name: x for x in every.desk.session.people.values()}["Ana Ruiz"].p
        async with ana.http.get(f"{ana.url}/v1/receipt?as={bo}", headers=ana.headers()) as got:
            theirs = await got.text()
        async with ana.http.get(f"{ana.url}/v1/receipt?as={me}", headers=ana.headers()) as got:
            assert theirs != await got.text()


def opts(n: int = 3) -> list[OptionView]:
    return [OptionView("abcdefgh"[k], f"{k} {HOSTILE}") for k in range(n)]


def question(**more: Any) -> OpenSeat:
    fields: dict[str, Any] = {"activity": "x", "type": "choice", "round": 1, "mode": "named", "text": HOSTILE}
    fields |= {"options": opts(), "multiple": False, "left_ms": 30_000, "mine": None}
    return OpenSeat(**{**fields, **more})


def seat(state: str, **more: Any) -> SeatView:
    fields: dict[str, Any] = {"v": 1, "me": Me("p", HOSTILE, "en", "K7M4Q2"), "open": [], "results": [], "says": []}
    fields |= {"retry_ms": 2000, "title": HOSTILE, "trainer": HOSTILE, "lang": "en", "langs": ["en", "es"]}
    return SeatView(state=state, **{**fields, **more})


QUIZ = [QuestionView("q1", "choice", HOSTILE, opts()), QuestionView("q2", "truefalse", HOSTILE, opts(2), multiple=True)]
GROUPS = [GroupView(1, HOSTILE, HOSTILE, 2, [HOSTILE], HOSTILE, True, True), GroupView(2, "2", size=0)]
OPEN = [
    *(question(type=t) for t in ("poll", "choice", "truefalse", "scale", "prompt", "text", "acknowledge")),
    question(multiple=True, mine=["a"]),
    question(sure=True, mine=["b"], mine_sure="unsure"),
    question(mode="anonymous", mine=[]),
    question(reading_ms=8000, options=[]),
    question(type="number", options=[], mine=["4.5"], n=3, counts={HOSTILE: 2}),
    question(type="short", options=[], mine=[], mine_text=HOSTILE),
    question(type="order", mine=["b", "a", "c"]),
    question(type="match", options=[], left=opts(2), right=opts(3), mine=["a=c", "b=a"]),
    question(type="hotspot", image="f" * 64, alt=HOSTILE, most=5, multiple=True),
    question(type="quiz", options=[], questions=QUIZ),
    question(type="wordcloud", options=[], most=3, words_mine=[HOSTILE], mine=[]),
    question(type="breakout", groups=GROUPS, audio="e" * 64),
    question(type="checklist", mine=["a"]),
    question(type="attendance", options=[]),
    question(type="something-new", options=[]),
]


def result(**more: Any) -> ResultSeat:
    fields: dict[str, Any] = {"activity": "x", "round": 1, "counts": {"a": 3, "b": 1}, "n": 4, "type": "choice"}
    fields |= {"text": HOSTILE, "options": opts(), "mine": ["a"], "explain": HOSTILE, "correct": ["b"]}
    return ResultSeat(**{**fields, **more})


RESULTS = [
    result(mine_right=False),
    result(type="number", options=[OptionView("4.5", "4.5")], counts={"4.5": 2}, correct=["4 – 5"], mine=["4.5"]),
    result(type="short", mine=[], mine_text=HOSTILE, mine_right=True),
    result(type="order", correct=["c", "a", "b"], mine=["a", "b", "c"], counts={"1=c": 2}),
    result(type="match", options=[], left=opts(2), right=opts(3), correct=["a=c", "b=a"], mine=["a=c", "b=b"]),
    result(
        type="hotspot",
        image="f" * 64,
        alt=HOSTILE,
        targets=[TargetView("t", "circle", ["0.5", "0.5", "0.1"]), TargetView("u", "rect", ["x", "0", "1", "9"])],
        points=[["0.1", "0.2"], ["NaN", "-1"], ["1"], ["0.10", "0.20"]],
    ),
    result(type="quiz", options=[], questions=[msgspec.structs.replace(QUIZ[0], mine=["a"], correct=["b"], n=1)]),
    result(type="wordcloud", options=opts(), counts={"a": 9, "b": 1}, correct=None),
    result(suppressed=True, counts={}, mine=None, explain=""),
    result(counts={}, n=0, mine=None, correct=None, options=[]),
]
VIEWS = [
    *(seat("activity", open=[o]) for o in OPEN),
    *(seat("result", results=[r]) for r in RESULTS),
    seat("wait", asks=[SayView(7, HOSTILE, 3)], says=[SayView(8, HOSTILE, 0, pinned=True)], notice=HOSTILE),
]


@pytest.mark.parametrize("type_", ["number", "short"])
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_a_number_or_a_word_has_no_letter_in_a_result(type_: str, lang: str) -> None:
    """It was no choice: on the phone and the wall it stands for itself, in the sentences and in the bars."""
    given = [OptionView("3", "3"), OptionView("4", "4")]
    one = result(type=type_, options=given, counts={"3": 1, "4": 2}, correct=["4"], hits=["4"], mine=["4"], explain="")
    view = seat("result", results=[one], lang=lang)
    wall = WallView(
        **{f: getattr(one, f) for f in ("type", "text", "options", "counts", "n", "hits")},
        **{"v": 1, "state": "result", "title": "", "trainer": "", "of": 3, "left_ms": None, "correct": ["4"]},
        **{"explain": "", "says": [], "notice": "", "present": 3, "expected": 0, "lang": lang},
    )
    slots = pages.slots_of(view, UTC)
    for html in (
        pages.phone_live(view),
        pages.phone_live(view, "form", slots),
        pages.wall_live(wall, url="", code="", fresh="", qr=""),
    ):
        assert not set("●■▲◆★⬢") & set(re.sub(r"<svg.*?</svg>", "", html, flags=re.S))
    said = re.sub(r"<[^>]+>", "", pages.phone_live(view))
    assert words_for(lang).say("{answer} is right", answer="4") in said and "4 4" not in said


@pytest.mark.parametrize("view", VIEWS, ids=[(v.open or v.results or v.says)[0].__class__.__name__ for v in VIEWS])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_hostile_words_are_words_in_every_state(view: SeatView, lang: str) -> None:
    view = msgspec.structs.replace(view, lang=lang)
    slots = pages.slots_of(view, UTC)
    for html in (pages.phone_live(view), pages.phone_live(view, "form", slots), *slots.values()):
        assert "<b onmouseover" not in html and "{name}" not in html and "None" not in html
        tree = Parts(html)
        assert tree.open == [] and tree.attributes <= ALLOWED, tree.attributes - ALLOWED
    shared = pages.phone_live(view)
    ids = re.findall(r'<(?:p|section|details)[^>]* id="([^"]+)"', shared)
    assert len(ids) == len(set(ids))


ALLOWED = frozenset(
    re.findall(
        r"\S+",
        "id class data-s data-ms data-far data-f data-k data-part data-once data-left data-most data-ref method action "
        "name value type aria-labelledby aria-pressed aria-label aria-hidden hidden disabled required maxlength "
        "inputmode autocomplete rows src alt controls preload max open checked selected width height viewbox "
        "preserveaspectratio d cx cy rx ry x y href aria-live role for",
    )
)
VOID = frozenset({"input", "img", "br", "path", "ellipse", "rect", "meta"})


class Parts(HTMLParser):
    """What stands open at the end, and which attributes there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, (tag, self.open)


def test_the_own_answer_is_told_in_words() -> None:
    said = {
        "choice": ("You answered A ●", result(mine_right=False)),
        "not right": ("Your answer is not right.", result(mine_right=False)),
        "right": ("Your answer is right.", result(mine_right=True)),
        "pairs": ("0 " + "<b", result(type="match", options=[], left=opts(1), right=opts(1), mine=["a=a"])),
        "few": ("Too few answers to show.", RESULTS[8]),
    }
    for name, (words, r) in said.items():
        view = seat("result", results=[r])
        html = pages.phone_live(view, "f", pages.slots_of(view, UTC))
        assert marks.escape(words) in html, name
    assert "0</b>" not in pages.phone_live(seat("result", results=[RESULTS[8]]))


async def test_who_hears_anew_when_something_of_theirs_changes(every: Room) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana, Phone(every.url, "Bo Tanaka") as bo:
        await ana.come_in(CODE)
        await bo.come_in(CODE)
        s = every.desk.session
        a, b = (next(x.p for x in s.people.values() if x.name == name) for name in ("Ana Ruiz", "Bo Tanaka"))
        everybody, own = personal.signs_of(s)
        await ana.hand(True)
        assert personal.concerned(own, own := personal.signs_of(s)[1]) == {a}
        await every.do(w.LowerHand())
        assert personal.concerned(own, own := personal.signs_of(s)[1]) == {a}
        await every.open("l1")
        await every.do(w.MarkItem(who=b, activity="l1", item="try"))
        assert personal.concerned(own, own := personal.signs_of(s)[1]) == {b}
        await every.open("c1")
        await ana.answer("c1", 1, ["a"])
        assert personal.signs_of(s) == (everybody, own)  # an answer concerns nobody else
        await every.do(w.CloseActivity(activity="c1"))
        await every.do(w.Reveal(activity="c1"))
        assert personal.signs_of(s)[0] != everybody


def test_plan_types_decide_what_the_policy_lets_in() -> None:
    small, large = pages.policy(["poll"]), pages.policy(a.type for a in ALL.activities)
    assert small.count("sha256-") == 5 and large.count("sha256-") == 10
    assert "unsafe" not in large and "script-src 'sha256-" in small
