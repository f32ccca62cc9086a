"""Add the code of the reason to quarantined messages."""

from api.database.migrations.run_sql import run_beside

revision = "0007_quarantine_codes"
down_revision = "0006_plain_names"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
