"""The document that the console's client is made from."""

from pathlib import Path

from api.openapi import document

COMMITTED = Path(__file__).parents[2] / "api" / "console" / "openapi.json"


def test_the_committed_document_matches_the_routes() -> None:
    assert COMMITTED.read_text("utf-8") == document() + "\n", (
        "write it anew: python -m api.openapi > api/console/openapi.json"
    )
