"""Head office on a real TLS socket of this machine, with a certificate made for the test, and a laptop that speaks to
it byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import ipaddress
import json
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fieldkit.log.keys import Signer
from fieldkit.log.put import HEADER, put_header
from fieldkit.sync.central.door import Limits
from fieldkit.sync.central.server import CentralServer, certificate
from tests.kit.central import NOON, Laptop, Office

STRANGER = Laptop.named("zzzz")
"""On no trust list."""


def new_certificate(folder: Path, name: str = "head") -> tuple[Path, Path]:
    """A self-signed certificate for this machine's loopback and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "head office")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2090))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    return cert, secret


@dataclass
class Served:
    """A running listener and where it is. `cert` is what a laptop is given as --ca."""

    office: Office
    server: CentralServer
    cert: Path
    lines: list[str]

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.port}"


@contextlib.asynccontextmanager
async def serving(office: Office, limits: Limits | None = None, port: int = 0) -> AsyncIterator[Served]:
    cert, key = office.folder / "head.pem", office.folder / "head.key"
    if not cert.exists():
        new_certificate(office.folder)
    lines: list[str] = []
    server = CentralServer(office.home, lambda: office.now, limits=limits, told=lines.append)
    sock = socket.create_server(("127.0.0.1", port))
    sock.setblocking(False)
    await server.start(sock, certificate(cert, key))
    try:
        yield Served(office, server, cert, lines)
    finally:
        await server.stop()


class Line:
    """One connection on which a test says every byte itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, served: Served) -> Line:
        context = ssl.create_default_context(cafile=served.cert)
        return cls(*await asyncio.open_connection("127.0.0.1", served.server.port, ssl=context, limit=1 << 22))

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body. Raises IncompleteReadError when the socket was just closed."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        return int(head[0].split(" ")[1]), headers, await self.reader.readexactly(int(headers.get("content-length", 0)))

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: head", *lines, "", ""]).encode("latin-1")


def note(signer: Signer, sha256: str, time: int) -> str:
    return f"{HEADER}: {put_header(signer, sha256, time)}"


def sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


async def ask(served: Served, raw: bytes) -> tuple[int, Any]:
    """One request on a connection of its own: status and JSON (or text)."""
    line = await Line.to(served)
    try:
        with contextlib.suppress(ConnectionError):  # it may answer and close before all is said
            await line.send(raw)
        status, _, body = await line.answer()
    finally:
        await line.close()
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body.decode()


async def put(served: Served, signer: Signer, raw: bytes, *more: str, time: int | None = None) -> tuple[int, Any]:
    """What head office answers to a whole file."""
    at = served.office.now if time is None else time
    begin = head("PUT", f"/v1/bundles/{sha(raw)}", note(signer, sha(raw), at), f"Content-Length: {len(raw)}", *more)
    return await ask(served, begin + raw)


async def get(served: Served, signer: Signer, what: str, sha256: str) -> tuple[int, Any]:
    return await ask(served, head("GET", f"/v1/{what}/{sha256}", note(signer, sha256, served.office.now)))


def opening(laptop: Laptop, raw: bytes, *lines: str) -> bytes:
    """The headers of a PUT of `raw`; `lines` instead of its true length."""
    length = lines or (f"Content-Length: {len(raw)}",)
    return head("PUT", f"/v1/bundles/{sha(raw)}", note(laptop.signer, sha(raw), NOON), *length)


def at_rest(office: Office) -> bool:
    return list(office.home.spool.iterdir()) == []
