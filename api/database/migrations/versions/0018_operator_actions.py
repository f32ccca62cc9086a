"""Store what the actions of operators need: reviews, proposals to cancel, helpers of an order."""

from api.database.migrations.run_sql import run_beside

revision = "0018_operator_actions"
down_revision = "0017_families"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
