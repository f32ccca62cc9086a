"""The first schema."""

from pathlib import Path

from alembic import op

revision = "0001_first"
down_revision = None


def upgrade() -> None:
    """Run the SQL file beside this one; it is text so that it can be read whole."""
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    adapted = op.get_bind().connection.dbapi_connection
    adapted.run_async(lambda connection: connection.execute(script))  # type: ignore[union-attr]
