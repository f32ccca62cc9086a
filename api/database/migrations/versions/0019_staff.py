"""Index the accounts that are not those of workers."""

from api.database.migrations.run_sql import run_beside

revision = "0019_staff"
down_revision = "0018_operator_actions"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
