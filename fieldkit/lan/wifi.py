"""The Wi-Fi of the room, for its QR code: name and password as phones' cameras read them.

The password is shown on the trainer's screen when the trainer asks for it, and nowhere else: not in a log, a
bundle, a status or a traceback.
"""

from __future__ import annotations

from fieldkit.lan.qr import wifi_text


class Wifi:
    """`text` is what the QR says. Its repr tells the name only."""

    __slots__ = ("_password", "hidden", "name")

    def __init__(self, name: str, password: str = "", hidden: bool = False) -> None:
        self.name = name
        self.hidden = hidden
        self._password = password

    def __bool__(self) -> bool:
        return bool(self.name)

    def __repr__(self) -> str:
        return f"Wifi({self.name!r}, {'open' if self.is_open else '…'})"

    @property
    def is_open(self) -> bool:
        return not self._password

    @property
    def text(self) -> str:
        """What the QR says; empty without a name."""
        return wifi_text(self.name, self._password, self.hidden) if self.name else ""
