"""Channels per person with an order, devices for Web Push, chat robots, receipts and presence."""

from api.database.migrations.run_sql import run_beside

revision = "0030_reaching_people"
down_revision = "0029_field_records"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
