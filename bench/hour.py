"""P7: one participant-hour on the air, captured from a real one: Chromium on a phone's side of a Wi-Fi cell in a box.

The laptop runs the real host; twenty people are in, nineteen of them programs on the laptop itself (not on the air).
The twentieth is Chromium: it joins, answers six polls with live results, writes to three discussions, goes out of range
twice and comes back, and leaves. What its card sent and received is counted: the bytes that TCP carried (HTTP, heads
and bodies) and the packets of both directions. An hour lasts an hour: heartbeats are half of the packets. `--short`
plays the same in two minutes: it says what the events cost and little about the beats. Needs Linux, root or user
namespaces, and Chromium.
"""

from __future__ import annotations

import json
import secrets
import select
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.report import Row, talk

HOUR = 3600.0
CROWD = 19
POLLS = (6, 14, 22, 30, 38, 46)
"""Minutes at which a poll opens; it closes two minutes later and is revealed."""
PROMPTS = (10, 26, 42)
AWAY = (18, 34)
"""Minutes at which the phone is out of range, for forty seconds."""


def pack(folder: Path) -> Path:
    """Six polls that show live counts, three discussions."""
    lines = ["fieldkit: 1", "id: bench-hour", "version: 1.0.0", "title: One hour", "language: en", "duration: 60"]
    lines += ["audience: {size: [4, 1000]}"]
    lines += ["segments:", "  - id: all", "    phase: content", "    minutes: 60", "    title: One hour", "    steps:"]
    polls = [f"poll{k}" for k in range(len(POLLS))]
    talks = [f"talk{k}" for k in range(len(PROMPTS))]
    lines += [f"      - {{at: {k}, do: open, activity: {a}}}" for k, a in enumerate([*polls, *talks])]
    lines += ["activities:"]
    for a in polls:
        lines += [f"  {a}:", "    type: poll", "    text: The breaker is open and locked. What can still hurt you?"]
        lines += ["    options: {a: Nothing, b: Air left in the cylinder, c: The raised ram, d: A second power feed}"]
    for a in talks:
        lines += [
            f"  {a}:",
            "    type: prompt",
            "    text: Where could this go wrong on your line?",
            "    upvote: true",
        ]
    path = folder / "bench-hour"
    path.mkdir()
    (path / "pack.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    return path


def events() -> list[tuple[float, str, str]]:
    """(minute, what, which): the trainer's hour."""
    out = [(0.0, "here", "")]
    for k, at in enumerate(POLLS):
        out += [(at, "open", f"poll{k}"), (at + 2, "close", f"poll{k}"), (at + 2.1, "reveal", f"poll{k}")]
    for k, at in enumerate(PROMPTS):
        out += [(at, "open", f"talk{k}"), (at + 3, "close", f"talk{k}")]
    out += [(float(at), "away", "") for at in AWAY] + [(59.0, "leave", "")]
    return sorted(out)


def run(short: bool = False) -> list[Row]:
    from tests.kit.wifi import Wifi

    why = Wifi.why_not()
    chromium = shutil.which("chromium") or shutil.which("chromium-headless-shell") or shutil.which("chromium-browser")
    if why or not chromium:
        raise SystemExit(f"bench hour: {why or 'Chromium is not installed'}")
    hour = 120.0 if short else HOUR
    with tempfile.TemporaryDirectory() as name, Wifi(["laptop", "p1"]) as cell:
        cell.link("p1", delay_ms=3, jitter_ms=3, kbit=20_000)
        listener = cell.popen("p1", [sys.executable, "-m", "bench.hour", "listen"], stdin=-1, stdout=-1)
        listener.stdout.readline()
        play(cell, Path(name), hour)
        told = json.loads(listener.communicate(b"\n", 20)[0])
    down, up, packets = told["down"], told["up"], told["packets"]
    air = told["on_air"]
    size = (up + down) / 1000
    real = not short
    return [
        Row("one participant-hour", f"{size:.1f} kB", "", size if real else None, " kB", None, 60 if real else None),
        Row("its packets", f"{packets}", "", packets if real else None, "", None, 950 if real else None),
        Row(
            "up, down; on the air with the heads of TCP and IP",
            f"{up / 1000:.1f}, {down / 1000:.1f}; {air / 1000:.1f} kB",
        ),
    ]


def play(cell: Any, folder: Path, hour: float) -> None:
    """The hour: host, crowd, phone, and what the trainer does when."""
    python, ip, data = sys.executable, cell.ip("laptop"), folder / "data"
    serve = ["host", pack(folder), "--headless", "--json", "--data", data, "--bind", ip, "--port", "8080", "--quiet"]
    host = cell.popen("laptop", [python, "-m", "fieldkit", *map(str, serve)], stdout=-1)
    ready = json.loads(host.stdout.readline())
    ctl = [python, "-m", "fieldkit", "ctl", "--data", str(data)]
    cell.popen("laptop", [python, "-m", "bench.hour", "crowd", ready["url"], ready["code"], str(hour)])
    phone = cell.popen("p1", [python, "-m", "bench.hour", "phone", ready["url"], ready["code"], str(hour)], stdout=-1)
    if phone.stdout.readline().strip() != b"in":
        raise RuntimeError("the phone did not come in")
    start = time.monotonic()
    for at, what, which in events():
        time.sleep(max(0.0, start + at * hour / 60 - time.monotonic()))
        talk(f"minute {at:g}: {what} {which}")
        if what == "away":
            cell.down("p1")
            time.sleep(min(40.0, hour / 90))
            cell.up("p1")
        elif what != "leave":
            live = ["--live"] if which.startswith("poll") and what == "open" else []
            done = cell.run("laptop", [*ctl, what, *([which] if which else []), *live])
            if done.code:
                raise RuntimeError(done.err)
    if phone.wait(120):
        raise RuntimeError("the phone did not come to its end")


# ---- in the cell -------------------------------------------------------------------------------------------------


def listen() -> None:
    """Count what passes the card of this station until a line comes in: TCP payload each way, packets in all."""
    air = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    air.bind(("wlan0", 0))
    counted = {"up": 0, "down": 0, "packets": 0, "on_air": 0}
    print("listening", flush=True)
    while sys.stdin not in select.select([air, sys.stdin], [], [])[0]:
        frame, where = air.recvfrom(65536)
        if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
            continue
        length, head = int.from_bytes(frame[16:18], "big"), 4 * (frame[14] & 15)
        payload = length - head - 4 * (frame[14 + head + 12] >> 4)
        # A card that leaves cutting to the hardware shows several packets as one: count them as the air would.
        counted["packets"] += max(1, -(-payload // 1448))
        counted["on_air"] += length
        counted["up" if where[2] == socket.PACKET_OUTGOING else "down"] += payload
    print(json.dumps(counted), flush=True)


def phone(url: str, code: str, hour: float) -> None:
    """The twentieth: what somebody with a phone does in such an hour."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-pings"]
        chromium = (
            shutil.which("chromium") or shutil.which("chromium-headless-shell") or shutil.which("chromium-browser")
        )
        browser = play.chromium.launch(executable_path=chromium, args=args)
        page = browser.new_page(viewport={"width": 360, "height": 640})
        page.goto(f"{url}/{code}")
        page.fill("input[name=name]", "Maria López")
        page.click("button.go")
        page.wait_for_selector("#b-wait")
        print("in", flush=True)
        done: set[str] = set()
        end = time.monotonic() + 59 * hour / 60
        while time.monotonic() < end:
            page.wait_for_timeout(min(2000.0, hour))
            for form in page.query_selector_all("#live form[data-k]"):
                key = form.get_attribute("data-k") or ""
                if key in done or form.get_attribute("data-ref"):
                    continue
                if box := form.query_selector("textarea"):
                    box.fill("The second feed of line 4 is not on the card.")
                if button := form.query_selector("button"):
                    button.click()
                    done.add(key)
        page.click("#more")
        page.wait_for_selector("form[data-k=leave]", state="attached")
        page.eval_on_selector("form[data-k=leave]", "x => { x.closest('details').open = true; }")
        page.click("form[data-k=leave] button")
        page.wait_for_selector("#b-bye")
        browser.close()


def crowd(url: str, code: str, hour: float) -> None:
    """The nineteen others: each answers what is open once, within half a minute."""

    def one(k: int) -> None:
        seat = send(url, {"kind": "join", "code": code, "name": f"Worker {k}"})["seat"]
        done: set[str] = set()
        end = time.monotonic() + 59 * hour / 60
        while time.monotonic() < end:
            time.sleep(hour / 240 * (0.5 + (k * 7 % 19) / 19))
            ask = urllib.request.Request(f"{url}/v1/view", headers={"Authorization": f"Bearer {seat}"})
            for open_ in json.loads(urllib.request.urlopen(ask, timeout=10).read())["open"]:
                key = f"{open_['activity']}/{open_['round']}"
                if key in done:
                    continue
                done.add(key)
                if open_["type"] == "prompt" and k % 3:
                    continue
                if open_["type"] == "prompt":
                    send(url, {"kind": "say", "activity": open_["activity"], "text": f"Spare locks, shift {k}"}, seat)
                elif open_["options"]:
                    v = [open_["options"][k % len(open_["options"])]["id"]]
                    send(url, {"kind": "answer", "activity": open_["activity"], "round": open_["round"], "v": v}, seat)
                elif open_["type"] == "attendance":
                    send(url, {"kind": "here"}, seat)

    threads = [threading.Thread(target=one, args=(k,), daemon=True) for k in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send(url: str, body: dict[str, Any], seat: str = "") -> dict[str, Any]:
    raw = json.dumps({**body, "id": secrets.token_urlsafe(16)}).encode()
    who = {"Authorization": f"Bearer {seat}"} if seat else {}
    ask = urllib.request.Request(f"{url}/v1/intents", raw, {"Content-Type": "application/json", **who})
    found: dict[str, Any] = json.loads(urllib.request.urlopen(ask, timeout=10).read())
    return found


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        listen()
    else:
        {"phone": phone, "crowd": crowd}[sys.argv[1]](sys.argv[2], sys.argv[3], float(sys.argv[4]))
