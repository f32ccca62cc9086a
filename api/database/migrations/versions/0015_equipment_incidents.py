"""Find the open incidents about equipment."""

from api.database.migrations.run_sql import run_beside

revision = "0015_equipment_incidents"
down_revision = "0014_state_since"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
