"""A whole session as two phones and the room's screen see it: each state is brought about, looked at and left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Error

from fieldkit.core import intents as w
from fieldkit.core.plan import Activity
from tests.kit.browser import Tab
from tests.kit.worded import LANGS, WORDED
from tests.lan.conftest import CODE, Room

SAID = ("prompt", "breakout", "checklist")
"""Nothing of these is revealed: what people said or showed stands there already."""
LIVE = ("poll", "scale", "wordcloud")
SHOTS = os.environ.get("FIELDKIT_TEST_SHOTS", "")
NAME = "Guadalupe López"
MATE = "Bo [/] Tran"
LATIN = r"Guadalupe|López|Sam Ortiz|Bo \[/\] Tran|Válvula(, ball valve)?|Enter|EN|AR|HI|[A-F] [●■▲◆★⬢]"
"""What may stand in the Latin alphabet in a page of another one."""


def at(room: Room, path: str = "/") -> str:
    return f"http://fieldkit.test:{room.lan.port}{path}"


async def go(tab: Tab, url: str) -> None:
    """Go there, also when the page was about to load itself anew: one of the two loads breaks the other off."""
    for _ in range(5):
        try:
            await tab.page.goto(url)
            return
        except Error as broken:
            if "net::ERR_ABORTED" not in broken.message:
                raise
    await tab.page.goto(url)


class Walk:
    """One session, seen by a phone with script, one without, and the room's screen."""

    def __init__(self, room: Room, lang: str, phones: list[Tab], wall: Tab) -> None:
        self.room, self.lang, self.phones, self.wall = room, lang, phones, wall
        self.latin = LATIN if lang != "en" else ""

    async def each(self, do: Callable[[Tab], Awaitable[None]]) -> None:
        await asyncio.gather(*(do(tab) for tab in self.phones))

    async def shows(self, selector: str) -> None:
        """The phones show it now: one hears of it, the other asks again."""

        async def come(tab: Tab) -> None:
            if not tab.script:
                await go(tab, at(self.room))
            await tab.page.wait_for_selector(selector)

        await self.each(come)

    async def look(self, state: str, live: int = 1) -> None:
        async def one(tab: Tab) -> None:
            await tab.look(state, SHOTS, latin=self.latin, live=live)
            await tab.axe(state)

        await self.each(one)

    async def see_wall(self, state: str, selector: str) -> None:
        await self.wall.page.wait_for_selector(selector)
        await self.wall.look(f"wall {state}", SHOTS, latin=self.latin, live=0, target=0)
        await self.wall.axe(f"wall {state}")

    async def come_in(self) -> None:
        async def wrong(tab: Tab) -> None:
            await go(tab, at(self.room))
            await tab.page.fill("input[name=code]", "ZZZZ")
            await tab.page.fill("input[name=name]", NAME)
            await tab.page.click("button.go")
            await tab.page.wait_for_selector(".bad")
            assert await tab.page.input_value("input[name=name]") == NAME

        async def right(tab: Tab) -> None:
            await tab.page.fill("input[name=code]", CODE.lower())
            await tab.page.click("button.go")
            await tab.page.wait_for_selector("#b-wait")

        await self.each(lambda tab: go(tab, at(self.room)))
        await self.look("door", live=0)
        await self.each(wrong)
        await self.look("wrong code", live=0)
        await self.each(right)
        await self.look("wait")

    async def said(self) -> None:
        """Questions to the trainer, a pinned message, a notice, a break: what stands beside the state."""
        room = self.room

        async def ask(tab: Tab) -> None:
            if tab.script:
                await tab.page.click("a#more")
            else:
                await go(tab, at(room, "/?more=1"))
            await tab.page.wait_for_selector("section#more")
            await tab.page.evaluate("document.querySelectorAll('details').forEach(x => { x.open = true; })")
            await tab.look("more", SHOTS, latin=self.latin)
            await tab.axe("more")
            await tab.page.fill("form[data-k=ask] textarea", WORDED.activities[0].text[LANGS.index(self.lang)] or "")
            await tab.page.click("form[data-k=ask] .go")
            await tab.page.wait_for_selector("#b-asks")
            await tab.page.click("#b-asks summary")

        await self.each(ask)
        await self.look("open questions")
        for ref in list(room.desk.session.says):
            await room.do(w.PinSay(ref=ref))
        await room.do(w.Announce(text="!"))
        await self.shows("#b-says")
        await self.shows("#b-notice")
        await self.look("pinned and a notice")
        await room.do(w.Announce(text=""))
        await room.do(w.Pause())
        await self.shows("#b-pause")
        await self.look("paused")
        await self.see_wall("paused", ".w-paused")
        await room.do(w.Resume())
        for ref in list(room.desk.session.says):
            await room.do(w.HideSay(ref=ref))

    async def roll_call(self) -> None:
        await self.room.do(w.RollCall())
        await self.shows("[id^=q-attendance]")
        await self.look("attendance")

        async def tap(tab: Tab) -> None:
            await tab.page.click("[id^=q-attendance] .go")
            await tab.page.wait_for_selector("[id^=q-attendance] .mark:has-text('✓')")

        await self.each(tap)
        await self.look("attendance answered")
        await self.room.do(w.CloseActivity())

    async def two_on_a_phone(self) -> None:
        async def add(tab: Tab) -> None:
            await go(tab, at(self.room, "/?more=1"))
            form = tab.page.locator("form[data-k=join]")
            await tab.page.locator("details", has=form).locator("summary").click()
            await form.locator("[name=name]").fill(MATE)
            await form.locator(".go").click()
            await tab.page.wait_for_selector(f"nav b:has-text('{MATE}')")

        await self.room.do(w.OpenActivity(activity="t1"))
        await self.each(add)
        await self.look("two on a phone")

        async def object_(tab: Tab) -> None:
            await go(tab, at(self.room, "/?more=1"))
            form = tab.page.locator("form[data-k=object]")
            await tab.page.locator("details", has=form).locator("summary").click()
            await form.locator("button").click()
            await form.wait_for(state="detached")

        await self.each(object_)
        await self.look("objected")
        await self.room.do(w.CloseActivity())

    async def goodbye(self) -> None:
        await self.room.do(w.End())
        await self.shows("#b-bye dl")
        await self.look("goodbye")
        await self.see_wall("goodbye", ".w-bye")
        with_script = self.phones[0]
        async with asyncio.timeout(40):
            while not await with_script.page.locator("pre").count():
                before = with_script.page.url
                await with_script.page.click("#receipt")
                if with_script.page.url != before:  # not fetched yet: the link leads to it
                    await with_script.page.go_back()
                await asyncio.sleep(0.1)
        await with_script.look("receipt", SHOTS)
        await with_script.axe("receipt")

    async def answer(self, a: Activity) -> None:
        """As people do it: by tapping and typing. A page without script comes anew with what was saved."""

        async def one(tab: Tab) -> None:
            box = tab.page.locator(f"[id=q-{a.id}-1]")
            await fill(tab, box, a)
            done = {"prompt": ".say", "breakout": f"[id=g-{a.id}-1] [aria-pressed=true]"}.get(
                a.type, ".q .mark:has-text('✓')"
            )
            await tab.page.locator(done).first.wait_for(state="attached")

        await self.each(one)

    async def activity(self, a: Activity) -> None:
        """Opened, answered, revealed; each state looked at."""
        room, key = self.room, f"[id=q-{a.id}-1]"
        await room.do(w.OpenActivity(activity=a.id, live=a.type in LIVE, small=True))
        await self.shows(f"[id=w-{a.id}-1]" if a.reading else key)
        await self.look(f"{a.id} {a.type} open")
        await self.see_wall(f"{a.id} {a.type}", f".t-{a.type}:not(.w-result)")
        if a.type != "checklist" and not a.reading and (a.type != "breakout" or a.assign == "self"):
            await self.answer(a)
        if a.type == "checklist":
            for who in list(room.desk.session.people):
                await room.do(w.MarkItem(who=who, activity=a.id, item=a.items[0].id))
            await self.shows(f"{key} li:has-text('✓')")
        if not a.reading:
            await self.look(f"{a.id} {a.type} answered")
        await room.do(w.CloseActivity(activity=a.id))
        if a.type not in SAID and hasattr(await room.do(w.Reveal(activity=a.id)), "saved"):
            await self.shows(f"[id=r-{a.id}-1]")
            await self.look(f"{a.id} {a.type} result")
            await self.see_wall(f"{a.id} {a.type} result", f".w-result.t-{a.type}")


async def fill(tab: Tab, box: Any, a: Activity) -> None:
    """The question's form, filled in and sent."""
    single = a.type in ("poll", "choice", "truefalse", "scale") and not a.multiple and not a.sure
    if single:
        await box.locator("button.o").nth(1).click()
        return
    if a.type == "breakout":
        # Groups have their size: whoever comes second chooses the other one.
        await tab.page.locator(f"[id=g-{a.id}-1] button.o").nth(0 if tab.script else 1).click()
        return
    if a.type == "quiz":
        for k, q in enumerate(a.questions):
            form = box.locator("form").nth(k)
            if q.multiple:
                await form.locator("label.o").first.click()
                await form.locator("button.go").click()
            else:
                await form.locator("button.o").first.click()
            saved = tab.page.locator(f"form[data-k='{a.id}/1/{q.id}'] .mark:has-text('✓')")
            await saved.wait_for(state="attached")
            if tab.script and k + 1 < len(a.questions):
                await box.locator("form").nth(k + 1).wait_for()
        return
    if a.type in ("prompt", "text"):
        await box.locator("textarea").fill(WORDED.title[LANGS.index(tab.lang)] or "")
    elif a.type in ("short", "acknowledge", "wordcloud", "number"):
        await box.locator("input:visible").first.fill("4" if a.type == "number" else NAME)
    elif a.type == "order":
        if tab.script:
            for k in range(len(a.options)):
                await box.locator("button.tap").nth(k).click()
        else:
            for k, option in enumerate(a.options):
                await box.locator("select").nth(k).select_option(option.id)
    elif a.type == "match":
        for k in range(len(a.left)):
            await box.locator("select").nth(k).select_option(index=k + 1)
    elif a.type == "hotspot" and tab.script:
        for x in (80, 160):
            await box.locator(".pad").click(position={"x": x, "y": 60})
    elif a.type != "attendance":
        await box.locator("label.o").first.click()
    await box.locator("[name=sure]" if a.sure else "button.go").first.click()
