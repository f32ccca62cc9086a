"""Calibrations, thresholds and drift; suppressed regions; which cameras are trusted."""

from api.database.migrations.run_sql import run_beside

revision = "0033_calibrations"
down_revision = "0032_verdicts"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
