"""Remember which cameras have the area that a file stated."""

from api.database.migrations.run_sql import run_beside

revision = "0012_stated_areas"
down_revision = "0011_clocks"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
