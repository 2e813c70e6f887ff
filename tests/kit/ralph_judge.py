"""A third judge of statements, by Ralph's own model of xAPI 1.0.3, run by Ralph's own Python: statements as a JSON
array on standard input, those that it refuses as `[[index, why], …]` on standard output."""

from __future__ import annotations

import json
import sys


def main() -> None:
    from pydantic import ValidationError
    from ralph.models.xapi.base.statements import BaseXapiStatement

    refused = []
    for k, one in enumerate(json.load(sys.stdin)):
        try:
            BaseXapiStatement.model_validate(one)
        except ValidationError as wrong:
            refused.append([k, str(wrong.errors(include_url=False)[0])[:300]])
    json.dump(refused, sys.stdout)


if __name__ == "__main__":
    main()
