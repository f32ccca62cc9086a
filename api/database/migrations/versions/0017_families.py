"""Key incidents by the family of their scenario, and let an incident be part of another."""

from api.database.migrations.run_sql import run_beside

revision = "0017_families"
down_revision = "0016_shift_requests"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
