"""Withhold calls for a camera, zone, scenario or area, with a reason and an end."""

from api.database.migrations.run_sql import run_beside

revision = "0009_suppressions"
down_revision = "0008_shift_replacements"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
