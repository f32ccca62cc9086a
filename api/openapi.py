"""Print the OpenAPI document: ``python -m api.openapi > api/console/openapi.json``."""

import json
import sys

from api.app import describe_app


def document() -> str:
    """Return the document as JSON with sorted keys."""
    return json.dumps(describe_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.write(document() + "\n")
