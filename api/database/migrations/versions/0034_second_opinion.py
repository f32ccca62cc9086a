"""What another model says of the snapshot of an incident."""

from api.database.migrations.run_sql import run_beside

revision = "0034_second_opinion"
down_revision = "0033_calibrations"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
