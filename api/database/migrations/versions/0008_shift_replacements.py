"""Let an override or swap name the shift it replaces, and a person be called up while on duty."""

from api.database.migrations.run_sql import run_beside

revision = "0008_shift_replacements"
down_revision = "0007_quarantine_codes"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
