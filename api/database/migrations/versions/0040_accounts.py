"""Administrator roles, invitations, sessions, second factors."""

from api.database.migrations.run_sql import run_beside

revision = "0040_accounts"
down_revision = "0035_audit_chain"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
