"""Raise unusual access to evidence."""

from api.database.migrations.run_sql import run_beside

revision = "0051_access_findings"
down_revision = "0050_retention"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
