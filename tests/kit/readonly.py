"""What a folder that cannot be written does to whoever may write everywhere: root, in whose name tests may run."""

from __future__ import annotations

import ctypes
import os
import sys

_VERSION_3 = 0x20080522


def unprivileged() -> None:
    """From here on this process keeps to the permissions of files, also as root. Raises OSError."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    head, none = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(head, none):
        raise OSError(ctypes.get_errno(), "capset")
