"""Run by alembic: uses the connection that ``engine.migrate`` hands in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
