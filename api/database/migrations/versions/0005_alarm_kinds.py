"""Rename three kinds of fleet alarms."""

from api.database.migrations.run_sql import run_beside

revision = "0005_alarm_kinds"
down_revision = "0004_business_facts"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
