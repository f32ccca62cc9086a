"""Sources of verdicts, the draw of incidents for audits, and events that no camera reported."""

from api.database.migrations.run_sql import run_beside

revision = "0032_verdicts"
down_revision = "0031_counters"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
