"""Runs the SQL of a version; it is text, so that it can be read whole."""

from pathlib import Path

from alembic import op


def run_beside(version: str) -> None:
    """Run the ``.sql`` that lies beside the file of a version."""
    script = Path(version).with_suffix(".sql").read_text("utf-8")
    adapted = op.get_bind().connection.dbapi_connection
    adapted.run_async(lambda connection: connection.execute(script))  # type: ignore[union-attr]
