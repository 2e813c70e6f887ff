"""A page in Chromium and what may be wrong with it: axe-core's findings, sideways scroll, small targets, text that is
cut off or printed over other text, live regions, direction, mistakes and refused content in the console.

127.0.0.1 is a secure context and hides what a phone lacks, so pages are opened as http://fieldkit.test. A page whose
scripts are switched off cannot run axe: what it shows is then copied into a second page that can.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, ClassVar

import axe_playwright_python

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))),
    "",
)
"""The same engine in all of them; without a window's frame around it, a page costs half as much to open."""
ARGS = ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP fieldkit.test 127.0.0.1"]
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)
PATIENCE = 30_000
"""Of Playwright, in ms; the machine may be busy."""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """o => axe.run(document, o).then(r => r.violations.map(
  v => v.id + ' ' + v.nodes.map(n => n.html.slice(0, 110)).join(' | ')))"""
SKELETON = """() => {
  const c = new Document().importNode(document.documentElement, true);
  const walk = document.createTreeWalker(c, NodeFilter.SHOW_ALL);
  c.removeAttribute('lang'); c.removeAttribute('dir');
  c.querySelectorAll('button[lang][aria-pressed=true],b[lang]').forEach(e => e.parentNode.prepend(e));
  c.querySelectorAll('script,style,noscript,option,[type=hidden]').forEach(e => e.remove());
  while (walk.nextNode()) { const n = walk.currentNode;
    if (n.data) n.data = n.data.trim() ? 'x' : '';
    for (const a of n.attributes || [])
      if (/^(aria-label|alt|value|data-.*|src|href|maxlength|lang|d)$/.test(a.name)) a.value = a.value ? 'x' : ''; }
  return c.outerHTML; }"""
"""A page without its words. What axe finds hangs on the tree and its styles; that words are words of the language, and
that none is missing, is measured apart. So a tree that was found clean once is clean in every language; which of the
languages is the chosen one makes no other tree."""
NARROW = 320
TARGET = 64
INLINE = 24
APART = 12

LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
"""One expression: a function of {dir, lang, latin, target} that returns what is wrong, in words."""
SPACED = """() => { const s = new CSSStyleSheet(); document.adoptedStyleSheets = [s]; s.replaceSync(
  '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}'
); }"""
"""WCAG 2.2, 1.4.12: a reader may space text like this and must lose nothing."""
UNSPACED = "() => { document.adoptedStyleSheets = []; }"


async def launch(play: Any) -> Any:
    return await play.chromium.launch(executable_path=CHROMIUM, args=ARGS)


class Tab:
    """One page, with everything that was wrong on it so far in `wrong`."""

    _clean: ClassVar[set[int]] = set()
    """Trees in which axe found nothing, as they were shown."""

    def __init__(self, page: Any, lang: str, script: bool) -> None:
        self.page, self.lang, self.script = page, lang, script
        self.wrong: list[str] = []
        self.looked = 0
        self._copy: Any = None
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("console", self._said)

    def _said(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.wrong.append(f"console: {said.text} {(said.location or {}).get('url', '')}")

    @property
    def name(self) -> str:
        return f"{self.lang} {'script' if self.script else 'plain'}"

    async def look(self, state: str, shots: str = "", *, target: int = TARGET, latin: str = "", live: int = 1) -> None:
        """Everything that can be seen by measuring; `latin` matches words of the Latin alphabet that may stand in a
        page of another one, `live` is how many live regions there are."""
        asked = {"lang": self.lang, "target": target, "inline": INLINE, "apart": APART, "latin": latin, "live": live}
        self.looked += 1
        for found in await self.page.evaluate(LOOK, asked):
            self.wrong.append(f"{state}: {found}")
        if shots:
            name = re.sub(r"\W+", "-", f"{state}-{self.name}")
            await self.page.screenshot(path=str(Path(shots) / f"{name}.png"), full_page=True)

    async def axe(self, state: str, rules: list[str] | None = None) -> None:
        """What axe-core finds: rules of WCAG 2.2 AA and its good practice, or only `rules`."""
        tree = await self.page.evaluate(SKELETON)
        size = self.page.viewport_size["width"]
        if (seen := hash((tree, size, tuple(rules or ()), state.partition(", ")[2]))) in self._clean:
            return
        page, before = await self._readable(), len(self.wrong)
        if not await page.evaluate("!!window.axe"):
            await page.evaluate(AXE)
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
        options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
        for found in await page.evaluate(RUN, options):
            self.wrong.append(f"{state}: axe {found}")
        if len(self.wrong) == before:
            self._clean.add(seen)

    async def _readable(self) -> Any:
        """This page, or without script a copy of it in a page where axe can run."""
        if self.script:
            return self.page
        if self._copy is None:
            browser = self.page.context.browser
            size = self.page.viewport_size
            context = await browser.new_context(viewport=size, bypass_csp=True)
            await context.add_cookies(await self.page.context.cookies())
            self._copy = await context.new_page()
            root = re.match(r"https?://[^/]+", self.page.url)
            assert root is not None
            await self._copy.goto(root[0] + "/health")
        html = re.sub(r"<script>.*?</script>", "", await self.page.content(), flags=re.S)
        html = re.sub(r"<meta http-equiv=[^>]*>", "", html)  # it asks for the page again; nothing is lost by that
        await self._copy.set_content(html)
        return self._copy


async def open_tab(browser: Any, lang: str, *, script: bool = True, width: int = NARROW, **more: Any) -> Tab:
    more.setdefault("viewport", {"width": width, "height": 640})
    context = await browser.new_context(java_script_enabled=script, user_agent=ANDROID, locale=lang, **more)
    # What is spread over seconds for a room full of phones comes at once for the one that is looked at.
    await context.add_init_script("Math.random = function () { return 0; }")
    return Tab(await context.new_page(), lang, script)


def told(tabs: list[Tab]) -> str:
    """All that was wrong, a line each."""
    return "\n".join(json.dumps(f"{t.name}: {x}", ensure_ascii=False) for t in tabs for x in t.wrong)
