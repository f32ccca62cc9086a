"""Store since when an incident has been in its state."""

from api.database.migrations.run_sql import run_beside

revision = "0014_state_since"
down_revision = "0013_input_limits"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
