"""Count incidents by area and state, alerts, messages and work orders as they change."""

from api.database.migrations.run_sql import run_beside

revision = "0031_counters"
down_revision = "0030_reaching_people"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
