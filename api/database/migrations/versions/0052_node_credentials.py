"""One-time codes of enrolment, revocation of nodes, and rotation of their keys."""

from api.database.migrations.run_sql import run_beside

revision = "0052_node_credentials"
down_revision = "0051_access_findings"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
