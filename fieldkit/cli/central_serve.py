"""`fieldkit central serve`: head office on the network, until somebody asks it to go."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    import socket
    import ssl

    from fieldkit.sync.central.home import Home

PORT = 8443


def serve(
    home: HomeOpt,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Listen on this address; else on all, or on the loopback.")
    ] = "",
    port: Annotated[int, typer.Option("--port", help="0 is any free one.", min=0, max=65535)] = PORT,
    cert: Annotated[
        Path | None, typer.Option("--cert", metavar="FILE", help="The certificate and its chain, in PEM.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Its key, in PEM, not sealed.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="Plain http on the loopback, for a proxy here that speaks TLS.")
    ] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Take bundles in and give receipts over HTTPS, until SIGTERM or Ctrl-C.

    What is being taken in is finished and answered first. The root key is never opened. With --json one line says when
    it is ready. SIGHUP reads the certificate again.

    Example: fieldkit central serve --home /srv/fieldkit --cert fullchain.pem --key privkey.pem
    """
    from fieldkit.lan.listen import listen, raise_file_limit
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.server import certificate

    context = None
    if behind_proxy:
        if cert is not None or key is not None:
            raise WrongUsage("--behind-proxy and --cert exclude each other.", "The proxy has the certificate.")
        if host and not _loopback(host):
            raise WrongUsage(
                f"Plain http is served to this machine only, not on {host}.",
                "Give --cert and --key, or leave --host out.",
            )
        host = host or "127.0.0.1"
    elif cert is None or key is None:
        raise WrongUsage(
            "A certificate and its key are needed.", "--cert FILE --key FILE; or --behind-proxy if a proxy speaks TLS."
        )
    else:
        context = certificate(cert, key)
    office = Home.open(home.expanduser())
    office.central()  # a key that cannot be read is told now, not to the first laptop
    office.office()
    raise_file_limit()
    sock = listen(host, [port])
    number = sock.getsockname()[1]
    url = f"{'http' if behind_proxy else 'https'}://{_shown(host)}:{number}"
    if behind_proxy:
        talk.warn("This is plain http.", f"Let a proxy on this machine speak TLS and pass requests to {url}.")

    def ready() -> None:
        if json:
            talk.emit({"ready": True, "url": url, "port": number, "org": office.org})
        else:
            talk.say(f"Head office of {office.org} listens: {url}")

    def reload() -> None:
        if context is None or cert is None or key is None:
            return
        try:
            certificate(cert, key)  # a half-written one changes nothing
            context.load_cert_chain(cert, key, password="")
            talk.say("The certificate was read again.")
        except (FieldkitError, OSError) as wrong:
            talk.warn(f"The certificate was not read again: {wrong}")

    asyncio.run(_serve(office, sock, context, ready, reload))
    talk.say("Head office has stopped.")


async def _serve(
    office: Home,
    sock: socket.socket,
    context: ssl.SSLContext | None,
    ready: Callable[[], None],
    reload: Callable[[], None],
) -> None:
    from fieldkit.cli.leave import on_leave
    from fieldkit.clock import SystemClock
    from fieldkit.sync.central.server import CentralServer

    clock = SystemClock()
    server = CentralServer(office, lambda: clock.wall_ms() // 1000, behind_proxy=context is None, told=talk.say)
    leave = on_leave()
    if hasattr(signal, "SIGHUP"):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    await server.start(sock, context)
    try:
        ready()
        await leave.wait()
    finally:
        await server.stop()


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(host: str) -> str:
    """How others may write it: this machine's name for a listener on every address."""
    if host in ("", "0.0.0.0", "::"):
        import socket

        return socket.getfqdn()
    return f"[{host}]" if ":" in host else host
