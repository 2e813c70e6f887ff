"""Settings: `config.toml` in the data folder < `FIELDKIT_*` < flags. An unknown key is refused with the nearest one.

Every setting, its environment variable and its default is in docs/settings.md; a test compares the two.
Nothing here reads `os.environ` or a clock by itself: environment and flags are arguments.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from fieldkit.core.clean import clean_name
from fieldkit.core.records import PROFILES, Policy
from fieldkit.errors import FieldkitError, WrongUsage

FILE = "config.toml"
PREFIX = "FIELDKIT_"
MAX_BYTES = 64 * 1024
NOT_SETTINGS = ("HOME", "PASSPHRASE", "ROOT_PASSPHRASE", "LRS_AUTH", "DEBUG", "CI")
"""Variables that other parts read; also everything that begins with TEST_ or BENCH_."""
THEMES = ("dark", "light", "high-dark", "high-light", "colour-blind")
"""Sets of colours that the terminal has."""


class Hidden(str):
    """A text that no traceback, log or printed setting shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'" if self else "''"


class Settings(msgspec.Struct, frozen=True):
    """What a session starts with unless its command says otherwise."""

    home: Path
    """The data folder; never from `config.toml`, which lies in it."""
    org: str = ""
    """DNS-like name of the organisation; empty until enrolment or `org` says it."""
    facilitator: str = ""
    """Printed name of the trainer."""
    site: str = ""
    lang: str = ""
    """Language of the terminal and of the room's first page; empty follows the pack."""
    port: int | None = None
    """None tries 80, then 8080, then any; 0 is any free port."""
    bind: str = ""
    """Address to listen on; empty is every address."""
    allow_host: tuple[str, ...] = ()
    """Further names by which phones may ask for this laptop."""
    invite: tuple[str, ...] = ()
    """Routed addresses that lead here too, each `URL` or `URL=PLACE`."""
    tz: str = ""
    """IANA zone of new sessions; empty is the laptop's own."""
    wifi_name: str = ""
    """The room's Wi-Fi, for its QR code; empty shows none."""
    wifi_password: str = ""
    """Its password; empty is an open network. A `Hidden`: shown when the trainer asks, printed nowhere."""
    wifi_hidden: bool = False
    """The Wi-Fi does not say its name."""
    theme: str = ""
    """Colours of the terminal, one of THEMES; empty are those that were chosen last."""
    sync_url: str = ""
    """Where head office listens, for `fieldkit sync` without --to."""
    sync_ca: str = ""
    """File (PEM) with head office's own certificate, or with what vouches for it; empty is what this system trusts."""
    linear: bool = False
    """Lines of text instead of a screen, for who has it read out."""
    policy: Policy = Policy()


def typed_path(text: str) -> Path:
    """A path as somebody typed it. `~nobody` stays as it is: then nothing is there, and that is what is said."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def default_home(env: Mapping[str, str]) -> Path:
    """`FIELDKIT_HOME`, else the platform's user data folder. Nothing is created."""
    named = env.get(PREFIX + "HOME", "").strip()
    if named:
        return typed_path(named)
    from platformdirs import user_data_path

    return user_data_path("fieldkit", appauthor=False)


def load(home: Path, env: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """Settings in force. `flags` are options as given on the command line; None means not given.

    A flag `policy` is the path of a policy file. Raises WrongUsage for what cannot be used, naming file, variable or
    option, and FieldkitError when `config.toml` cannot be read.
    """
    values: dict[str, Any] = {}
    policy: dict[str, int | str] = {}
    file = home / FILE
    for key, raw in _toml(file).items():
        if key == "policy":
            policy |= _policy_values(raw, str(file))
        else:
            known = _known(key, SETTINGS, f"{file}: setting")
            values[known] = _value(known, raw, str(file))
    for name, text in sorted(env.items()):
        key = name.removeprefix(PREFIX)
        if key == name or key in NOT_SETTINGS or key.startswith(("TEST_", "BENCH_")):
            continue
        known = _known(key.lower(), [*SETTINGS, *(f"policy_{f}" for f in POLICY)], "environment variable", PREFIX)
        if known.startswith("policy_"):
            part = known.removeprefix("policy_")
            policy[part] = _policy_value(part, text, name)
        else:
            values[known] = _value(known, text, name)
    from_file: Policy | None = None
    for key, given in (flags or {}).items():
        if given is None or given == ():
            continue
        if key == "policy":
            from_file = given if isinstance(given, Policy) else policy_from(Path(str(given)))
            continue
        known = _known(key, SETTINGS, "option")
        values[known] = _value(known, given, f"--{key.replace('_', '-')}")
    return Settings(home=home, policy=from_file or msgspec.convert(policy, Policy), **values)


def policy_from(path: Path) -> Policy:
    """A policy file, TOML or (by its ending) JSON: the fields of `Policy`; unknown keys are refused."""
    if not path.is_file():
        raise WrongUsage(f"There is no policy file {path}.", "Give the path of a TOML or JSON file.")
    if path.suffix.lower() == ".json":
        try:
            raw = msgspec.json.decode(_read(path))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise WrongUsage(f"{path} is no JSON file.", "Check its commas and quotation marks.") from error
    else:
        raw = _toml(path)
    if isinstance(raw, dict) and set(raw) == {"policy"}:
        raw = raw["policy"]
    return msgspec.convert(_policy_values(raw, str(path)), Policy)


# ---- files ---------------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise FieldkitError(f"Cannot read {path}.", "Check its permissions.") from error
    if len(data) > MAX_BYTES:
        raise WrongUsage(f"{path} is larger than 64 KB.", "Settings are a few lines.")
    return data


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        place = re.search(r"at line (\d+)", str(error))
        where = f", line {place[1]}" if place else ""
        raise WrongUsage(
            f"{path}{where} is not TOML.", 'Write one setting a line, such as site = "Plant 4".'
        ) from error


# ---- values --------------------------------------------------------------------------------------------------


def _known(key: str, known: Any, what: str, prefix: str = "") -> str:
    if key in known:
        return key
    near = get_close_matches(key.replace("-", "_").lower()[:60], list(known), n=1, cutoff=0.0)
    shown = clean_name(prefix + (key.upper() if prefix else key)) or "?"
    best = prefix + (near[0].upper() if prefix else near[0])
    raise WrongUsage(f"Unknown {what} {shown}.", f"The nearest known one is {best}.")


def _value(key: str, raw: object, where: str) -> Any:
    try:
        return SETTINGS[key](raw)
    except (ValueError, TypeError) as error:
        raise WrongUsage(f"{where}: {key} {error}.", "See docs/settings.md for what it takes.") from error


def _name(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError("is a text in quotation marks")
    return clean_name(raw)


def _org(raw: object) -> str:
    name = _name(raw).lower()
    label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    if name and not (len(name) <= 253 and re.fullmatch(rf"{label}(\.{label})+", name)):
        raise ValueError("is a name like ld.acme.example, with a dot")
    return name


def _lang(raw: object) -> str:
    tag = _name(raw).replace("_", "-")
    if tag and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", tag):
        raise ValueError("is a language code such as en or es-MX")
    return tag


def _port(raw: object) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,5}", raw.strip()):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 65535:
        raise ValueError("is a number from 0 to 65535")
    return raw


def _bind(raw: object) -> str:
    text = _name(raw)
    try:
        return str(ipaddress.ip_address(text)) if text else ""
    except ValueError:
        raise ValueError("is an address of this laptop such as 192.168.43.17") from None


def _hosts(raw: object) -> tuple[str, ...]:
    given = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(given, list | tuple):
        raise ValueError("is a list of host names")
    names = tuple(_name(one).lower().rstrip(".") for one in given)
    for name in names:
        if len(name) > 253 or not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name):
            raise ValueError("is a list of host names such as training.local, without http:// and port")
    return names


def _tz(raw: object) -> str:
    name = _name(raw)
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("is a zone such as Europe/Madrid") from None
    return name


def _invites(raw: object) -> tuple[str, ...]:
    given = [x for x in raw.split(",") if x.strip()] if isinstance(raw, str) else raw
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError("is a list of addresses, each like http://10.8.0.5:8080=Hall B")
    return tuple(given)


def _wifi_name(raw: object) -> str:
    # Not cleaned: a name must be the network's own, sign for sign, or phones look for another one.
    if not isinstance(raw, str) or len(raw.encode("utf-8", "replace")) > 32 or not (raw == "" or raw.isprintable()):
        raise ValueError("is the name of a Wi-Fi, at most 32 bytes")
    return raw


def _wifi_password(raw: object) -> Hidden:
    if not isinstance(raw, str):
        raise ValueError("is a text in quotation marks")
    key = re.fullmatch("[0-9A-Fa-f]{64}", raw)
    if raw and key is None and not (8 <= len(raw) <= 63 and raw.isascii() and raw.isprintable()):
        raise ValueError("is 8 to 63 letters, digits and signs; empty for an open network")
    return Hidden(raw)


def _theme(raw: object) -> str:
    name = _name(raw).lower()
    if name and name not in THEMES:
        raise ValueError(f"is one of {', '.join(THEMES)}")
    return name


def _url(raw: object) -> str:
    if not isinstance(raw, str) or len(raw) > 500 or not re.fullmatch(r"(https?://[!-~]+)?", raw.strip()):
        raise ValueError("is an address like https://fieldkit.acme.example")
    return raw.strip()


def _file(raw: object) -> str:
    # Not cleaned: a path is the disk's own, sign for sign.
    if not isinstance(raw, str) or len(raw) > 1000 or not (raw == "" or raw.isprintable()):
        raise ValueError("is the path of a file")
    return raw


def _yes(raw: object) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str) or raw.strip().lower() not in words:
        raise ValueError("is true or false")
    return words[raw.strip().lower()]


SETTINGS: dict[str, Callable[[object], Any]] = {
    **{"org": _org, "facilitator": _name, "site": _name, "lang": _lang, "port": _port, "bind": _bind},
    **{"allow_host": _hosts, "invite": _invites, "tz": _tz},
    **{"wifi_name": _wifi_name, "wifi_password": _wifi_password, "wifi_hidden": _yes},
    **{"sync_url": _url, "sync_ca": _file},
    **{"theme": _theme, "linear": _yes},
}
"""Setting → how its value is read, from TOML, the environment or an option alike."""

POLICY: dict[str, tuple[int, int] | None] = {
    "grace_min": (0, 1440),
    "share_min": (0, 100),
    "keep_days": (0, 36_500),
    "k": (2, 1000),
    "seal": None,
    "agreement": None,
    "legal": None,
    "profile": None,
}
"""Policy field → its smallest and largest number; None is a text."""


def _policy_values(raw: object, where: str) -> dict[str, int | str]:
    if not isinstance(raw, dict):
        raise WrongUsage(f"{where}: policy is a table of fields.", f"Its fields: {', '.join(POLICY)}.")
    out: dict[str, int | str] = {}
    for key, value in raw.items():
        name = _known(str(key), POLICY, f"{where}: policy field")
        out[name] = _policy_value(name, value, where)
    return out


def _policy_value(key: str, raw: object, where: str) -> int | str:
    limits = POLICY[key]
    if limits is None:
        text = clean_name(raw) if isinstance(raw, str) else None
        if text is None or (key == "seal" and text not in ("", "answers")):
            raise WrongUsage(f"{where}: policy {key} cannot be that.", "It is a text; seal is empty or answers.")
        if key == "profile" and text not in PROFILES:
            raise WrongUsage(f"{where}: there is no profile {text[:40]!r}.", f"It is one of: {', '.join(PROFILES)}.")
        return text
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,6}", raw.strip()):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not limits[0] <= raw <= limits[1]:
        raise WrongUsage(f"{where}: policy {key} is a number from {limits[0]} to {limits[1]}.", "Change the number.")
    return raw
