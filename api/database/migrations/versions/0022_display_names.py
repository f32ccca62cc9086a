"""Store what people call nodes, cameras and zones, and where areas and cameras are."""

from api.database.migrations.run_sql import run_beside

revision = "0022_display_names"
down_revision = "0021_maintainers"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
