"""QR codes: what they say, and as SVG for the wall. The terminal draws its own (`fieldkit.tui.screens.qr`).

The page's QR holds the literal address in capitals (`HTTP://192.168.43.17/K7M4`): the alphanumeric mode makes it
a version 1 or 2 symbol that an old phone reads across a room.
"""

from __future__ import annotations


def invite_text(url: str) -> str:
    """The text of the page's QR: the address in capitals. Scheme, host and room code do not depend on case."""
    return url.upper()


def wifi_text(ssid: str, password: str, hidden: bool = False) -> str:
    """The text of a Wi-Fi QR, `\\ ; , : "` escaped as its format asks; without a password an open network. WPA stands
    for WPA3 too: phones find out by themselves."""
    word = f"T:WPA;S:{_escaped(ssid)};P:{_escaped(password)};" if password else f"T:nopass;S:{_escaped(ssid)};"
    return f"WIFI:{word}{'H:true;' if hidden else ''};"


def _escaped(text: str) -> str:
    return "".join("\\" + c if c in '\\;,:"' else c for c in text)


def matrix(text: str) -> list[list[bool]]:
    """Rows of modules, True is dark, without the quiet border."""
    import segno  # late: a host serves its first phones before anybody looks at a QR

    return [[bool(m) for m in row] for row in segno.make(text, micro=False).matrix]


def svg(text: str, label: str = "QR") -> str:
    """One inline `<svg>` with a border of 4 modules, dark on white in light and dark themes alike (scanners ask for
    it); no style attribute, so a strict CSP shows it. Horizontal runs of modules are one line each, to stay small."""
    rows = matrix(text)
    size = len(rows) + 8
    path: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            start = x
            while x < len(row) and row[x]:
                x += 1
            path.append(f"M{start + 4} {y + 4}.5h{x - start}")
    return (
        f'<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{_attribute(label)}">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path stroke="#000" d="{"".join(path)}"/></svg>'
    )


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
