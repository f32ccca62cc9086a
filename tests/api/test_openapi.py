"""The document that the console's client is made from."""

from pathlib import Path

from api.openapi import document

WRITTEN = Path(__file__).parents[2] / "api" / "console" / "openapi.json"


def test_the_written_document_is_the_one_the_routes_give() -> None:
    assert WRITTEN.read_text("utf-8") == document() + "\n", (
        "write it anew: python -m api.openapi > api/console/openapi.json"
    )
