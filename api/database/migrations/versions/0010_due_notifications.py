"""Index the webhook notifications that are due."""

from api.database.migrations.run_sql import run_beside

revision = "0010_due_notifications"
down_revision = "0009_suppressions"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
