"""Rename columns and a table of the fleet and the live feed."""

from api.database.migrations.run_sql import run_beside

revision = "0006_plain_names"
down_revision = "0005_alarm_kinds"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
