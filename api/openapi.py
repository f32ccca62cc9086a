"""Print the OpenAPI document: ``python -m api.openapi > api/console/openapi.json``."""

import json
import sys

from api.app import create_app


def document() -> str:
    """Write it as JSON; equal code gives equal text."""
    return json.dumps(create_app(None).openapi(), indent=1, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.write(document() + "\n")
