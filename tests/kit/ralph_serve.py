"""Ralph as a learning record store in one folder, run by Ralph's own Python: `python ralph_serve.py FOLDER`.

It says its port on standard output. Statements lie in a file. Ralph 5.1.0 writes that file once and refuses every later
request with 500, because its file store neither appends nor may overwrite by default; the line that says APPEND is all
that differs from `ralph runserver --backend fs`.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

USER, PASSWORD = "fieldkit", "se:cret Unicode"


def main(folder: Path) -> None:
    import bcrypt

    digest = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    agent = {"objectType": "Agent", "mbox": "mailto:office@ld.acme.example"}
    user = {"username": USER, "hash": digest, "scopes": ["all"], "agent": agent}
    (folder / "auth.json").write_text(json.dumps([user]), "utf-8")
    os.environ |= {
        "RALPH_APP_DIR": str(folder),
        "RALPH_AUTH_FILE": str(folder / "auth.json"),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(folder / "store"),
    }
    import uvicorn
    from ralph.backends.data.base import BaseOperationType
    from ralph.backends.lrs.fs import FSLRSBackend

    FSLRSBackend.default_operation_type = BaseOperationType.APPEND
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config("ralph.api:app", log_level="error"))
        server.config.load()
        sock.listen()
        print(sock.getsockname()[1], flush=True)
        server.run(sockets=[sock])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
