"""Find recent incidents of a family, open or not."""

from api.database.migrations.run_sql import run_beside

revision = "0020_recent_families"
down_revision = "0019_staff"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
