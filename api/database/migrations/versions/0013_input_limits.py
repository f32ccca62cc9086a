"""Count refused messages by node, and repair values that no message may contain any more."""

from api.database.migrations.run_sql import run_beside

revision = "0013_input_limits"
down_revision = "0012_stated_areas"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
