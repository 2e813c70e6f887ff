"""aiohttp, imported without reading the system's certificate authorities.

While it is imported aiohttp makes the TLS contexts of its client, and reading some 150 certificates for them is a
fifth of all that a host does before it serves. Nothing here speaks TLS with those contexts: the room, the control
port and `fieldkit join` are plain http. They end up trusting nobody, so whoever forgets this finds a refused
connection and never an unchecked one; a client of https brings its own `ssl.create_default_context()`.
"""

from __future__ import annotations

import os
import sys

PLACES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where OpenSSL looks for authorities instead of the system's place, while these are set."""


def _load() -> None:
    """Once, when this module is imported: before anything else has imported aiohttp, or it does nothing."""
    if "aiohttp" in sys.modules:
        return
    before = {name: os.environ.get(name) for name in PLACES}
    os.environ.update(dict.fromkeys(PLACES, os.devnull))
    try:
        import aiohttp.web  # noqa: F401
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_load()
