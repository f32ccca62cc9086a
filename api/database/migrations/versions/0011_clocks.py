"""Give every open incident and work order a responsible party, a deadline and a next step."""

from api.database.migrations.run_sql import run_beside

revision = "0011_clocks"
down_revision = "0010_due_notifications"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
