"""Live events about the logins of an account."""

from api.database.migrations.run_sql import run_beside

revision = "0041_account_events"
down_revision = "0040_accounts"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
