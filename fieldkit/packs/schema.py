"""JSON Schema of pack.yaml, made from the model: an editor completes fields and marks mistakes while one writes."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.packs.model import FORMAT, Pack

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as plain data; `pack.yaml` is what it describes."""
    made = msgspec.json.schema(Pack)
    defs = made.get("$defs", {})
    top = defs.pop("Pack", {})
    top["title"] = f"fieldkit pack.yaml, format {FORMAT}"
    return {"$schema": DIALECT, **top, "$defs": defs}
