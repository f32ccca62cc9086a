"""Delete by rule: legal holds, erasure requests, and a record of deleted evidence."""

from api.database.migrations.run_sql import run_beside

revision = "0050_retention"
down_revision = "0041_account_events"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
