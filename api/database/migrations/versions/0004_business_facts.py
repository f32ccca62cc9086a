"""Move the facts that decide something from the audit log to columns and tables of their own."""

from api.database.migrations.run_sql import run_beside

revision = "0004_business_facts"
down_revision = "0003_tidied_feed"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_beside(__file__)
