"""Name the account that maintains a node."""

from api.database.migrations.run_sql import run_beside

revision = "0021_maintainers"
down_revision = "0020_recent_families"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
