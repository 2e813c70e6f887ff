"""Keys of counts as keys of a record, where only `[a-z][a-z0-9_.]*` is allowed, and back."""

from __future__ import annotations


def coded(key: str) -> str:
    """A key of `Round.counts` as a key of a record: `hasp=e` → `hasp.e`, `1=notify` → `at.1.notify`."""
    dotted = key.replace("=", ".")
    return f"at.{dotted}" if dotted[:1].isdigit() else dotted


def uncoded(key: str) -> str:
    """The other way; ids hold no dots, so that two of them mean a place."""
    return key.removeprefix("at.").replace(".", "=", 1) if key.count(".") == 2 else key.replace(".", "=", 1)
