"""Chain the entries of the audit log in blocks."""

from api.database.migrations.run_sql import run_beside

revision = "0035_audit_chain"
down_revision = "0034_second_opinion"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
