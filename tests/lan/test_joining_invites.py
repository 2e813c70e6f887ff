"""`--invite URL[=PLACE]`: what a trainer may type, what leads where, and what is refused with a sentence."""

from __future__ import annotations

import pytest

from fieldkit.errors import WrongUsage
from fieldkit.lan.routed import place_of, read_all, read_routed


@pytest.mark.parametrize(
    ("typed", "url", "place"),
    [
        ("http://10.8.0.5", "http://10.8.0.5", ""),
        ("http://10.8.0.5:80/", "http://10.8.0.5", ""),
        ("HTTP://Hall-B.Example:8080/=Hall B", "http://hall-b.example:8080", "Hall B"),
        ("10.8.0.5:8080=  Hall   B ", "http://10.8.0.5:8080", "Hall B"),
        ("http://[FD00::5]:8080=East = west", "http://[fd00::5]:8080", "East = west"),
        ("http://[fd00:0:0::5]/", "http://[fd00::5]", ""),
        ("http://training.local.", "http://training.local", ""),
        ("http://h=Nave \u202e7\x1b[2J", "http://h", "Nave 7[2J"),
        ("http://h=", "http://h", ""),
        ("http://h=" + "x" * 500, "http://h", "x" * 80),
    ],
)
def test_addresses_are_normalised_and_places_cleaned(typed: str, url: str, place: str) -> None:
    one = read_routed(typed)
    assert (one.url, one.place) == (url, place)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "=Hall B",
        "   ",
        "https://10.8.0.5",
        "ftp://10.8.0.5",
        "javascript:alert(1)",
        "javascript://10.8.0.5",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://",
        "http:///",
        "http://user:pass@10.8.0.5",
        "http://user@10.8.0.5",
        "http://10.8.0.5/K7M4",
        "http://10.8.0.5//",
        "http://10.8.0.5/?x",
        "http://10.8.0.5#x",
        "http://10.8.0.5:0",
        "http://10.8.0.5:65536",
        "http://10.8.0.5:",
        "http://10.8.0.5:80a",
        "http://10.8.0.5:٨٠",
        "http://10.8.0",
        "http://010.8.0.5",
        "http://256.1.1.1",
        "http://0x7f.1",
        "http://[fd00::5",
        "http://[10.8.0.5]",
        "http://[::1%25eth0]",
        "http://fd00::5",
        "http://-x.example",
        "http://x..y",
        "http://a b",
        "http://höhle.example",
        "http://x_y.example",
        "http://<script>",
        "http://x\x1b[2J",
        "http://" + "x" * 400,
        "http://" + "a." * 130 + "b",
        "\\\\server\\share",
        "http://255.255.255.255",
        "255.255.255.255:8080=Hall B",
        "http://0.0.0.0:8080",
        "http://0.1.2.3",
        "http://240.0.0.1",
        "http://239.255.255.250",
        "http://[::]",
        "http://[::]:8080",
        "http://[ff02::1]",
        "http://[::ffff:0.0.0.0]",
        "http://[::ffff:255.255.255.255]",
        "javascript:8080",
        "JavaScript:80",
        "http://javascript:80",
        "data:8080",
        "file:80",
    ],
)
def test_what_no_phone_could_open_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        read_routed(typed)
    assert refused.value.sentence.startswith("--invite ") and len(refused.value.sentence) < 300
    assert refused.value.hint and "\x1b" not in refused.value.sentence


def test_one_address_leads_to_one_place() -> None:
    both = read_all(["http://h:81=A", "http://h:82=B", "http://H:81/=A"])
    assert [(one.url, one.place) for one in both] == [("http://h:81", "A"), ("http://h:82", "B")]
    with pytest.raises(WrongUsage, match="two places"):
        read_all(["http://h=A", "http://h:80=B"])
    with pytest.raises(WrongUsage, match="too many"):
        read_all([f"http://h{n}" for n in range(21)])


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("h:81", "A"),
        ("H:82", "B"),
        ("h", ""),  # two places share this name, and no port tells them apart
        ("h:83", ""),
        ("only", "C"),
        ("only:8080", "C"),
        ("only.", "C"),
        ("[FD00::5]:8080", "D"),
        ("[fd00:0::5]", "D"),
        ("192.168.43.17", ""),
        ("only.evil.example", ""),
        ("", ""),
        (None, ""),
        ("[", ""),
        ("[zz]:1", ""),
        ("only:" + "9" * 400, "C"),
    ],
)
def test_the_host_header_tells_the_place(host: str | None, place: str) -> None:
    routed = read_all(["http://h:81=A", "http://h:82=B", "http://only=C", "http://[fd00::5]:8080=D"])
    assert place_of(routed, host) == place
    assert place_of((), host) == ""
