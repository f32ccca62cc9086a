"""Keep what workers recorded and the centre could not apply; who withdrew an order, and why."""

from api.database.migrations.run_sql import run_beside

revision = "0029_field_records"
down_revision = "0022_display_names"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
