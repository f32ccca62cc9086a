"""The feed of live pages does not go back for ever: up to where it has been tidied away."""

from api.database.migrations.run_sql import run_beside

revision = "0003_tidied_feed"
down_revision = "0002_fleet"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_beside(__file__)
