"""Remember which requests have changed a shift."""

from api.database.migrations.run_sql import run_beside

revision = "0016_shift_requests"
down_revision = "0015_equipment_incidents"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
