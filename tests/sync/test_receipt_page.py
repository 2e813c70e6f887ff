"""Head office's page for receipts, asked over TLS: what it says of a code and of a whole receipt, and what never."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fieldkit.formats.receipt import Slip, slips
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.receipt import make_receipt, qr_text, short_code, show_code
from fieldkit.sync.central import guesses
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.forms import MOST, read_form
from fieldkit.sync.central.guesses import ADDRESSES, AT_ONCE, FREE, Guesses, group
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.erased import BADGE, NAME, OTHERS, WHO
from tests.sync.served import STRANGER, Line, Served, head, serving

FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(await Office.make(tmp_path)) as one:
        yield one


async def stored(served: Served, *, seq: int | None = None) -> Log:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    log = laptop.session(seq).join("person01", *WHO).join("person02", *OTHERS[0]).close()
    await served.office.take(bundle(log))
    return log


def code(log: Log, i: int = 1) -> str:
    return short_code(leaf_hash(log.lines[i]))


def receipt(log: Log, i: int = 1) -> bytes:
    tree = Tree()
    for line in log.lines:
        tree.append(leaf_hash(line))
    return make_receipt(log.lines[i], log.openings[i], i, tree.inclusion(i, log.size), log.checkpoint())


async def page(served: Served, raw: bytes) -> tuple[int, dict[str, str], str]:
    line = await Line.to(served)
    try:
        await line.send(raw)
        status, headers, body = await line.answer()
    finally:
        await line.close()
    return status, headers, body.decode()


async def post(served: Served, fields: dict[str, str], *more: str) -> tuple[int, dict[str, str], str]:
    body = urlencode(fields).encode()
    return await page(served, head("POST", "/receipt", FORM, f"Content-Length: {len(body)}", *more) + body)


def said(html: str) -> str:
    """What stands in the answer's box, without tags; empty where there is none."""
    found = re.search(r"<section.*?</section>", html, re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found[0]).replace("&#39;", "'").strip() if found else ""


async def test_a_code_leads_to_session_and_day_and_never_to_a_name(served: Served) -> None:
    log = await stored(served)
    status, headers, html = await page(served, head("GET", "/receipt"))
    assert (status, said(html)) == (200, "") and '<form method="post" action="/receipt"' in html
    assert "default-src 'none'" in headers["content-security-policy"] and "<script" not in html
    assert (headers["content-language"], headers["cache-control"]) == ("en", "no-store")
    for typed in (code(log), code(log).lower(), f" {code(log)[:5]}-{code(log)[5:]} "):
        status, _, html = await post(served, {"code": typed})
        session = log.origin.rsplit("/", 1)[1]
        assert status == 200
        assert f"Yes. This record is in session {session} of 2026-11-22, as head office received" in said(html)
        assert "Tiny" in said(html) and NAME not in html and BADGE not in html and "yard" not in html
    assert "no record with this code" in said((await post(served, {"code": "A" * 10}))[2])
    await erase(served.office.home, "all", BADGE, [], "request", served.office.now)
    assert "have been erased" in said((await post(served, {"code": code(log)}))[2])
    assert "have been erased" not in said((await post(served, {"code": code(log, 2)}))[2])
    assert served.lines == [], "nobody's question is written down"


async def test_it_speaks_the_languages_that_the_browser_asks_for(served: Served) -> None:
    log = await stored(served)
    for accept, lang, words in (
        ("es-MX,es;q=0.9,en;q=0.1", "es", "Sí. Este registro está en la sesión"),
        ("de", "de", "Ja. Dieser Eintrag"),
        ("xx, en;q=0.2", "en", "Yes."),
        ("\u202e;;;q=x" * 40, "en", "Yes."),
    ):
        raw = accept.encode().decode("latin-1")
        _, headers, html = await post(served, {"code": code(log)}, f"Accept-Language: {raw}")
        assert headers["content-language"] == lang and words in said(html) and f'<html lang="{lang}"' in html


async def test_a_whole_receipt_is_read_verified_and_looked_for(served: Served) -> None:
    log = await stored(served)
    raw = receipt(log)
    for text in (raw.decode(), raw.decode().replace("\n", "\r\n"), qr_text(raw)):
        _, _, html = await post(served, {"receipt": text})
        assert "Yes." in said(html) and "has signed it" in said(html) and NAME not in html
    boundary = "----WebKit7"
    parts = f'--{boundary}\r\nContent-Disposition: form-data; name="code"\r\n\r\n\r\n--{boundary}\r\n'
    parts += 'Content-Disposition: form-data; name="file"; filename="a\u202e.txt"\r\nContent-Type: text/plain\r\n\r\n'
    body = parts.encode() + raw + f"\r\n--{boundary}--\r\n".encode()
    kind = f"Content-Type: multipart/form-data; boundary={boundary}"
    _, _, html = await page(served, head("POST", "/receipt", kind, f"Content-Length: {len(body)}") + body)
    assert "has signed it" in said(html)
    printed = slips(
        [Slip(NAME, BADGE, show_code(code(log)), raw.decode(), "<svg></svg>")], ["de"], title="", when="", site=""
    )
    html = (await post(served, {"receipt": printed.decode().replace("\n", "\r\n")}))[2]
    assert "has signed it" in said(html) and NAME not in html
    for pages in (printed + printed, b"<!DOCTYPE html>", printed.replace(b"index 1", b"index 2")):
        assert "This is no receipt" in said((await post(served, {"receipt": pages.decode()}))[2])
    # Somebody removed the record before the log was handed in: the paper shows it.
    other = Laptop.named("7q2k")
    short = other.session(5).join("person02", *OTHERS[0]).close()
    taken_out = other.session(5).join("person01", *WHO).close()
    await served.office.take(bundle(short))
    assert taken_out.origin == short.origin
    assert "without this record" in said((await post(served, {"receipt": receipt(taken_out).decode()}))[2])
    later = other.session(9).join("person01", *WHO).close()
    assert "or not yet" in said((await post(served, {"receipt": receipt(later).decode()}))[2])
    strange = STRANGER.session().join("person01", *WHO).close()
    assert "No laptop that head office knows" in said((await post(served, {"receipt": receipt(strange).decode()}))[2])


async def test_asvs_1_2_1_1_2_4_and_2_2_1_hostile_values_are_answered_with_a_sentence(served: Served) -> None:
    log = await stored(served)
    good = receipt(log).decode()
    for fields in (
        {},
        {"code": ""},
        {"code": "x" * 9000},
        {"code": "<script>alert(1)</script>"},
        {"code": "' OR 1=1 --"},
        {"code": "\x1b[2J\u202e"},
        {"code": "OU64P EY5"},
        {"receipt": good[:-40]},
        {"receipt": good.replace("index 1", "index 2")},
        {"receipt": "c2sp.org/tlog-proof@v1\n" * 500},
        {"receipt": "A" * 5000},
        {"file": "PK\x03\x04"},
        {f"f{k}": "x" for k in range(500)},
    ):
        status, _, html = await post(served, fields)
        assert status == 200 and said(html).startswith("This is no receipt"), fields
        assert "<script" not in html and "\x1b" not in html and "OR 1=1" not in html and "\u202e" not in html
    assert (await page(served, head("POST", "/receipt", FORM, f"Content-Length: {MOST + 1}")))[0] == 413
    big = b"code=" + b"A" * (MOST + 10)
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(big), big)
    assert (await page(served, head("POST", "/receipt", FORM, "Transfer-Encoding: chunked") + chunk))[0] == 413
    for kind in ("multipart/form-data", "multipart/form-data; boundary=" + "x" * 99, "text/plain", ""):
        body = b"--x\r\n" * 3000
        raw = head("POST", "/receipt", f"Content-Type: {kind}", f"Content-Length: {len(body)}") + body
        assert (await page(served, raw))[0] == 200
    assert (await page(served, head("PUT", "/receipt")))[0] == 405
    assert (await page(served, head("GET", "/receipts")))[0] == 404


async def test_asvs_2_4_1_wrong_codes_wait_longer_each_time_and_right_ones_do_not(served: Served) -> None:
    log = await stored(served)
    for _ in range(FREE * 2):
        assert "Yes." in said((await post(served, {"code": code(log)}))[2])
    answers = [await post(served, {"code": f"AAAAAAAA{k}{k}"}) for k in (2, 3, 4, 5, 6, 7, 2)]
    assert [one[0] for one in answers] == [200] * (FREE + 1) + [429]
    assert 0 < int(answers[-1][1]["retry-after"]) <= 11 and "Too many wrong codes" in said(answers[-1][2])
    assert (await post(served, {"code": code(log)}))[0] == 429, "also for a right one: else it would be an oracle"
    assert (await post(served, {"code": "no code"}))[0] == 200


async def test_many_at_once_are_answered_and_a_closing_office_waits_for_nobody(served: Served) -> None:
    log = await stored(served)
    answers = await asyncio.gather(*[post(served, {"code": code(log)}) for _ in range(12)])
    assert {one[0] for one in answers} <= {200, 503} and [one[0] for one in answers].count(200) >= AT_ONCE


# ---- the counting itself ---------------------------------------------------------------------------------------------


def test_asvs_2_4_1_and_6_3_1_waits_double_end_and_are_forgotten() -> None:
    one, now = Guesses(), 0.0
    waits = []
    for _ in range(FREE + 12):
        assert one.begin("10.0.0.1", now)
        one.end("10.0.0.1", now, wrong=True)
        waits.append(one.wait("10.0.0.1", now))
        now += waits[-1]
        assert one.wait("10.0.0.1", now) == 0
    assert waits[:FREE] == [0.0] * FREE and waits[FREE : FREE + 4] == [10.0, 20.0, 40.0, 80.0]
    assert max(waits) == guesses.MOST_S
    assert one.wait("10.0.0.2", now) == 0
    assert len(one) == 1
    one.sweep(now + guesses.FORGET_S + 1)
    assert len(one) == 0


def test_asvs_15_2_2_memory_is_bounded_and_one_household_counts_once() -> None:
    one = Guesses()
    for k in range(ADDRESSES + 500):
        peer = f"10.{k >> 16}.{k >> 8 & 255}.{k & 255}"
        one.begin(peer, k)
        one.end(peer, k, wrong=True)
    assert len(one) == ADDRESSES
    assert group("2001:db8::1") == group("2001:db8::ffff:1") != group("2001:db8:0:1::1")
    assert group("::ffff:10.0.0.1") == "10.0.0.1" and group("x" * 500) == "x" * 64
    assert [one.begin("1.1.1.1", 1) for _ in range(AT_ONCE + 1)] == [True] * AT_ONCE + [False]


def test_a_form_is_read_or_is_empty() -> None:
    assert read_form("application/x-www-form-urlencoded; charset=utf-8", b"code=A+B&code=C") == {"code": b"A B"}
    assert read_form("application/x-www-form-urlencoded", b"code=%FF\xff") == {}
    assert read_form("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="code"\r\n') == {}
    assert read_form("multipart/form-data; boundary=b", b"") == {} and read_form("", b"code=A") == {}
