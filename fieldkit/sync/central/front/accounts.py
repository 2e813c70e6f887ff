"""Who may log in, and what each may see: operator, auditor, supervisor of named sites, facilitator.

An operator and an auditor see everything, a supervisor the sessions of their sites, a facilitator the sessions that
they led, from the beginning or once it was handed to them (`core.led.leaders`). Nobody changes a record here.
"""

from __future__ import annotations

import re

import msgspec

from fieldkit.core.clean import clean_text, site_key
from fieldkit.errors import WrongUsage

OPERATOR, SUPERVISOR, AUDITOR, FACILITATOR = "operator", "supervisor", "auditor", "facilitator"
ROLES = (OPERATOR, SUPERVISOR, AUDITOR, FACILITATOR)
SEES_ALL = (OPERATOR, AUDITOR)
MOST_SITES = 50
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}\Z").match


class Account(msgspec.Struct, frozen=True):
    """Somebody who may log in. `sites` as somebody typed them; `key`: name of the key they
    train with: a facilitator's, or of anybody who trains too; `made` Unix s."""

    name: str
    role: str
    sites: tuple[str, ...] = ()
    key: str = ""
    first: bool = False
    """The password was made for them: before anything else they choose their own."""
    made: int = 0
    until: int = 0
    """Until when a password that was made for them opens anything, Unix s; 0: for ever."""

    @property
    def sees_all(self) -> bool:
        return self.role in SEES_ALL

    def sees(self, site: str, led: bool) -> bool:
        """Whether a session at this site is theirs to see; `led`: as who has their key led it."""
        if self.role == SUPERVISOR:
            return site_key(site) in map(site_key, self.sites)
        if self.role == FACILITATOR:
            return led and bool(self.key)
        return self.sees_all


def judged_name(name: str) -> str:
    """The name of an account. Raises WrongUsage."""
    if not _NAME(name):
        raise WrongUsage(
            f"{name[:40]!r} cannot be the name of an account.",
            "Two to 32 signs: small letters, digits, dot, dash, underscore.",
        )
    return name


def judged_role(role: str, sites: list[str], key: str) -> tuple[str, tuple[str, ...], str]:
    """Role, sites and key as they belong together. Raises WrongUsage."""
    if role not in ROLES:
        raise WrongUsage(f"There is no role {role[:40]!r}.", f"--role is one of: {', '.join(ROLES)}.")
    named = tuple(dict.fromkeys(clean_text(one, 200) for one in sites if clean_text(one, 200)))
    if (role == SUPERVISOR) != bool(named) or len(named) > MOST_SITES:
        raise WrongUsage(
            "A supervisor has sites, and nobody else has.", f"--site NAME, once for each of at most {MOST_SITES}."
        )
    if role == FACILITATOR and not key:
        raise WrongUsage("A facilitator has a key.", "--key 9k3m, as central trust show lists it.")
    return role, named, key
