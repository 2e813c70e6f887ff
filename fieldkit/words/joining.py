"""What keeps phones out, in words: the sentences of `fieldkit.lan.diagnose`, which the terminal says in its language.

They are message ids; `fieldkit doctor` and `ctl status` show them as they are.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "no-network": (
        "This laptop is not on a network.",
        "Join the Wi-Fi of the room, or open a hotspot: `fieldkit doctor --hotspot` says how.",
    ),
    "shown-unreachable": (
        "The address {address} is on a network that phones cannot reach.",
        "Choose another address of this laptop, or join the Wi-Fi of the room.",
    ),
    "moved": (
        "The laptop's address changed: show the QR code again.",
        "Phones that are in come back by themselves only if they can still reach the old address.",
    ),
    "no-neighbours": (
        "No other device is on this laptop's network.",
        "Phones are on another Wi-Fi or mobile data; or this Wi-Fi keeps devices apart: use a hotspot.",
    ),
    "isolation": (
        "Devices are near ({n}), but nothing they send arrives.",
        "This Wi-Fi keeps devices apart (use a hotspot), or the firewall here blocks port {port} (allow it).",
    ),
    "portal": (
        "Phones look for the internet ({n}) and do not open the page.",
        "Tell them: tap “Stay connected”, switch mobile data off, then open {url}.",
    ),
    "https": (
        "Somebody typed https.",
        "The address begins with http, without the s: {url}",
    ),
    "typed": (
        "Somebody typed {typed}, which is not this laptop.",
        "The right address is {url}. A name that should lead here is allowed with --allow-host or --invite.",
    ),
    "wrong-codes": (
        "Wrong room codes were typed ({n}).",
        "The room code is {code}. Another session may be near: compare the title on the phone.",
    ),
    "pages-no-join": (
        "The page is open on phones ({n}) and nobody has come in.",
        "Say what to type: the room code {code} and their name.",
    ),
    "nobody-live": (
        "People came in ({n}) and no phone is connected now.",
        "Phones asleep are normal. If they say “not connected”, they left the Wi-Fi: look at mobile data.",
    ),
    "not-announced": (
        "The session is not announced on the network.",
        "Phones do not need it; `fieldkit join` needs the address. The cause: {problem}",
    ),
    "look-alike": (
        "Another laptop announces the same name: {name} at {where}.",
        "Say which address is yours, and compare the room code.",
    ),
    "impostor": (
        "Somebody at {where} announces this very session.",
        "Show the address on the wall, and do not rely on discovery; the address {url} is yours.",
    ),
}
"""Code → what was noticed and what to do. `{…}` are filled from the facts (`fill`)."""


def fill(template: str, params: dict[str, str]) -> str:
    """`{name}` replaced in one pass, so that braces inside a value stay what they are."""
    out, rest = [], template
    while "{" in rest:
        before, _, after = rest.partition("{")
        name, _, rest = after.partition("}")
        out += [before, params.get(name, "")]
    return "".join([*out, rest])
