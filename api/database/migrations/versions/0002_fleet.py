"""Boxes from afar: health, configuration, commands, alarms."""

from api.database.migrations.run_sql import run_beside

revision = "0002_fleet"
down_revision = "0001_first"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_beside(__file__)
