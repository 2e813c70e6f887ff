from tests.lan.test_states import *
for n in [n for n in list(globals()) if n.startswith("test_")]: globals().pop(n)
async def test_self(worded, chromium):
    lang="ar"
    room = await worded(lang)
    phones = [await open_tab(chromium, lang, script=script) for script in (True, False)]
    walk = Walk(room, lang, phones, phones[0])
    async def no(*a): pass
    walk.see_wall=no
    await walk.come_in()
    for k in ("b1","h1"):
        await walk.activity(WORDED.activity(k))
    t=phones[1]
    print(told(phones))
    await room.do(w.OpenActivity(activity="b1"))
    await t.page.goto(at(room)); 
    print(await t.page.evaluate("(()=>{const s=document.querySelector('.plain span');return [getComputedStyle(s).unicodeBidi,getComputedStyle(s.parentNode).unicodeBidi,s.parentNode.outerHTML, [...document.querySelectorAll('style')].map(x=>x.id+x.textContent.length+' '+x.sheet)]})()"))
