"""What msgspec knows of a model before it decodes one, learnt while the model's module is imported.

The first decoding of a struct works out the types of its fields. That runs Python, so another thread gets its turn in
the middle of it; if that one decodes the same struct, msgspec (0.22 on CPython with its lock) gives it the half that is
there: the process ends with SIGSEGV, or a right file is refused. A module is imported by one thread while the others
wait for it, so what is learnt there is whole for everybody.
"""

from __future__ import annotations

from typing import Any

import msgspec


def learn(*models: Any) -> None:
    """Work out these models (types as msgspec takes them) and all they consist of. Call it below their definitions, at
    the top level of a module; what was learnt costs nothing the second time. Raises TypeError for what no model is.
    """
    for model in models:
        msgspec.json.Decoder(model)
