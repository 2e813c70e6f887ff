"""Whether a firewall of this laptop may keep phones out: what can be known without being administrator.

Nothing is changed and nothing is asked of the network. What a system does not tell is said to be unknown, with what to
do if phones stay away; `True` is never a guess.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from fieldkit.lan.neighbours import Run, run_command

UFW_CONF = Path("/etc/ufw/ufw.conf")
UFW_RULES = Path("/etc/ufw/user.rules")
MOST_BYTES = 1 << 20
MAC = "/usr/libexec/ApplicationFirewall/socketfilterfw"

Read = Callable[[Path], str]


class Wall(msgspec.Struct, frozen=True):
    """`open`: True, False, or None when the system does not tell. `hint` is what to do when it is not True."""

    open: bool | None
    words: str
    hint: str = ""


def firewall(
    ports: Sequence[int],
    *,
    platform: str = sys.platform,
    run: Run = run_command,
    read: Read | None = None,
) -> Wall:
    """Whether phones may reach one of these TCP ports. Blocks for up to a few seconds; never raises."""
    read = read or read_file
    wanted = " and ".join(str(p) for p in ports)
    if platform == "win32":
        return _windows(run, ports, wanted)
    if platform == "darwin":
        return _mac(run, wanted)
    return _ufw(read, ports, wanted) or _firewalld(run, ports, wanted) or Wall(True, "No firewall was found.")


def read_file(path: Path) -> str:
    """A small system file; empty when it is not there or not for us."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _ufw(read: Read, ports: Sequence[int], wanted: str) -> Wall | None:
    if not re.search(r"^\s*ENABLED\s*=\s*yes\b", read(UFW_CONF), re.MULTILINE | re.IGNORECASE):
        return None
    hint = " ".join(f"sudo ufw allow {p}/tcp;" for p in ports).rstrip(";") + " lets phones in."
    rules = read(UFW_RULES)
    if not rules:
        return Wall(None, f"ufw is on; only an administrator sees whether it lets port {wanted} through.", hint)
    open_ = any(re.search(rf"^### tuple ### allow (?:tcp|any) (?:\S*,)?{p}(?:,\S*)? ", rules, re.M) for p in ports)
    return Wall(True, "ufw is on and lets phones in.") if open_ else Wall(False, "ufw keeps phones out.", hint)


def _firewalld(run: Run, ports: Sequence[int], wanted: str) -> Wall | None:
    if run(["firewall-cmd", "--state"]).strip() != "running":
        return None
    allowed = run(["firewall-cmd", "--list-services"]).split() + run(["firewall-cmd", "--list-ports"]).split()
    hint = " ".join(f"sudo firewall-cmd --add-port={p}/tcp;" for p in ports).rstrip(";") + " lets phones in."
    if not allowed:
        return Wall(None, f"firewalld is on; only an administrator sees whether it lets port {wanted} through.", hint)
    open_ = any(f"{p}/tcp" in allowed or (p == 80 and "http" in allowed) for p in ports)
    return (
        Wall(True, "firewalld is on and lets phones in.") if open_ else Wall(False, "firewalld keeps phones out.", hint)
    )


def _mac(run: Run, wanted: str) -> Wall:
    said = run([MAC, "--getglobalstate"]).lower()
    if "disabled" in said:
        return Wall(True, "The firewall is off.")
    hint = "System Settings > Network > Firewall > Options: allow incoming connections for Python."
    if "enabled" in said:
        return Wall(None, f"The firewall is on; macOS asks once whether port {wanted} may be reached.", hint)
    return Wall(None, "This Mac does not say whether its firewall is on.", hint)


def _windows(run: Run, ports: Sequence[int], wanted: str) -> Wall:
    said = run(["netsh", "advfirewall", "show", "currentprofile", "state"])
    hint = (
        'As administrator: netsh advfirewall firewall add rule name="fieldkit" dir=in action=allow protocol=TCP '
        f"localport={','.join(str(p) for p in ports)}"
    )
    # The word itself is translated on each Windows; OFF is what the English one says.
    if re.search(r"\bOFF\b", said):
        return Wall(True, "The firewall is off.")
    return Wall(
        None, f"Windows asks once whether port {wanted} may be reached: tick private and public networks.", hint
    )
