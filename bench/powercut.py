"""What could be on the disk after the power went? A workload is traced once; many possible disks are made from that.

The workload runs under strace in an empty folder. An image is what may be there if the power goes after any of its
system calls: what was synced is there; what was not is there, partly there (any of its writes, the last one torn), or
gone. A write is durable after a sync of its file. A name (made, renamed, unlinked) is durable after a sync of its
folder; until then names keep their order and a tail of them may be lost, as journalled file systems do. `eager`: the
sync of a new file makes its name durable too, as ext4 and XFS do and nobody promises.

The same idea as SQLite's own crash tests, ALICE and LazyFS. Linux only.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

CALLS = "openat,open,close,write,pwrite64,lseek,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat"
_CALL = re.compile(r"(?P<name>\w+)\((?P<args>.*)\)\s+=\s+(?P<ret>-?\d+)").match
_STRINGS = re.compile(r'"((?:\\x[0-9a-f]{2})*)"').findall
_APPEND = -1
"""Offset of a write that goes to the end."""


class Op(NamedTuple):
    """One effect. `do`: create, write, trunc, sync, rename, unlink or ack; paths are relative to the folder."""

    do: str
    path: str = ""
    at: int = 0
    data: bytes = b""
    to: str = ""


def trace(argv: Sequence[str], folder: Path) -> list[Op]:
    """Run `argv` with the folder as its last argument and write down what it does there; what it prints are acks."""
    with tempfile.NamedTemporaryFile("r", suffix=".strace", errors="replace") as log:
        how = ["strace", "-f", "-o", log.name, "-xx", "-s", "10000000", "-e", "signal=none", "-e", f"trace={CALLS}"]
        subprocess.run([*how, *argv, str(folder)], stdout=subprocess.DEVNULL, check=True)
        return _Reader(folder).read(log)


class _Reader:
    """Lines of strace → effects in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.ops: list[Op] = []
        self.fds: dict[int, str | None] = {}
        self.at: dict[int, int] = {}

    def read(self, log: Sequence[str] | tempfile._TemporaryFileWrapper[str]) -> list[Op]:
        pending: dict[str, str] = {}
        for line in log:
            pid, _, rest = line.partition(" ")
            rest = rest.strip()
            if "<unfinished ...>" in rest:
                pending[pid] = rest.replace("<unfinished ...>", "")
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
            call = _CALL(pending.pop(pid, "") + resumed.group(1) if resumed else rest)
            if call and int(call["ret"]) >= 0:
                self.take(call["name"], call["args"], int(call["ret"]))
        return self.ops

    def take(self, name: str, args: str, ret: int) -> None:
        strings = [bytes(int(x, 16) for x in text.split("\\x")[1:]) for text in _STRINGS(args)]
        if name in ("open", "openat"):
            self.open(strings[0].decode(), args, ret)
        elif name.startswith("rename"):
            self.ops.append(
                Op("rename", self.inside(strings[0].decode()) or "", to=self.inside(strings[1].decode()) or "")
            )
        elif name.startswith("unlink"):
            gone = self.inside(strings[0].decode())
            if gone is not None:
                self.ops.append(Op("unlink", gone))
        else:
            self.on_file(name, int(args.split(",")[0]), args, strings, ret)

    def open(self, text: str, args: str, ret: int) -> None:
        path = self.fds[ret] = self.inside(text)
        self.at[ret] = _APPEND if "O_APPEND" in args else 0
        if path and path != "." and "O_CREAT" in args:
            self.ops.append(Op("create", path))
        if path and "O_TRUNC" in args:
            self.ops.append(Op("trunc", path))

    def on_file(self, name: str, fd: int, args: str, strings: list[bytes], ret: int) -> None:
        path = self.fds.get(fd)
        if name == "close":
            self.fds.pop(fd, None)
        elif name == "write" and fd == 1:
            self.ops.append(Op("ack", data=strings[0][:ret]))
        elif name == "lseek" and self.at.get(fd, _APPEND) != _APPEND:
            self.at[fd] = ret
        elif path is None:
            return
        elif name == "pwrite64":
            self.ops.append(Op("write", path, int(args.rsplit(",", 1)[1]), strings[0][:ret]))
        elif name == "write":
            self.ops.append(Op("write", path, self.at[fd], strings[0][:ret]))
            if self.at[fd] != _APPEND:
                self.at[fd] += ret
        elif name == "ftruncate":
            self.ops.append(Op("trunc", path, int(args.split(",")[1])))
        elif name in ("fsync", "fdatasync"):
            self.ops.append(Op("sync", path))

    def inside(self, path: str) -> str | None:
        whole = os.path.normpath(os.path.join(self.folder, path))
        return os.path.relpath(whole, self.folder) if (whole + "/").startswith(self.folder + "/") else None


class Disk:
    """Files by inode, and names by journal: what is there now, and what is sure to be there after a cut."""

    def __init__(self, eager: bool) -> None:
        self.eager = eager
        self.live: dict[str, int] = {}
        self.sure: dict[str, int] = {}
        self.journal: list[tuple[str, int | None]] = []
        """(name, inode or None when the name goes), oldest first, not yet durable."""
        self.safe: list[bytearray] = []
        self.loose: list[list[Op]] = []

    def apply(self, op: Op) -> None:
        if op.do == "create":
            if op.path not in self.live:
                self.name(op.path, len(self.safe))
                self.safe.append(bytearray())
                self.loose.append([])
        elif op.do in ("write", "trunc"):
            if op.path in self.live:
                self.loose[self.live[op.path]].append(op)
        elif op.do == "rename":
            self.name(op.to, self.live[op.path])
            self.name(op.path, None)
        elif op.do == "unlink":
            if op.path in self.live:
                self.name(op.path, None)
        elif op.do == "sync":
            self.sync(op.path)

    def name(self, path: str, inode: int | None) -> None:
        if inode is None:
            del self.live[path]
        else:
            self.live[path] = inode
        self.journal.append((path, inode))

    def sync(self, path: str) -> None:
        inode = self.live.get(path)
        if inode is None:  # a folder: every name in it, and all that the journal holds before the last of them
            last = max(
                (n for n, (one, _) in enumerate(self.journal) if (os.path.dirname(one) or ".") == path), default=-1
            )
        else:
            for op in self.loose[inode]:
                put(self.safe[inode], op)
            self.loose[inode] = []
            made = [n for n, (_, it) in enumerate(self.journal) if it == inode]
            last = made[0] if self.eager and made else -1
        for one, it in self.journal[: last + 1]:
            settle(self.sure, one, it)
        del self.journal[: last + 1]

    def image(self, dice: random.Random, keep: float, out: Path) -> None:
        """One possible disk; `keep`: how likely an effect that was not synced is there all the same."""
        names = dict(self.sure)
        held = len(self.journal) if keep == 1 else dice.randint(0, len(self.journal))
        for path, inode in self.journal[:held]:
            settle(names, path, inode)
        for path, inode in names.items():
            raw = bytearray(self.safe[inode])
            for op in self.loose[inode]:
                if dice.random() < keep:
                    torn = op.do == "write" and dice.random() < 0.2  # at a sector of 512 bytes
                    put(raw, op._replace(data=op.data[: 512 * dice.randint(0, len(op.data) // 512)]) if torn else op)
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(raw)


def settle(names: dict[str, int], path: str, inode: int | None) -> None:
    if inode is None:
        names.pop(path, None)
    else:
        names[path] = inode


def put(raw: bytearray, op: Op) -> None:
    """Apply a write or a truncation to the bytes of a file."""
    if op.do == "trunc":
        del raw[op.at :]
        raw.extend(bytes(op.at - len(raw)))
        return
    at = len(raw) if op.at == _APPEND else op.at
    raw.extend(bytes(max(0, at - len(raw))))
    raw[at : at + len(op.data)] = op.data


def cut(ops: Sequence[Op], dice: random.Random, out: Path) -> list[str]:
    """Write what may be on the disk after a cut at a place drawn by lot; the lines that had been printed before it."""
    disk = Disk(eager=dice.random() < 0.5)
    until = dice.randrange(len(ops)) + 1
    for op in ops[:until]:
        disk.apply(op)
    disk.image(dice, dice.choice((0.0, 0.0, 0.5, 0.9, 1.0)), out)
    return b"".join(op.data for op in ops[:until] if op.do == "ack").decode().splitlines()
