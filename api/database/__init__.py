"""PostgreSQL: engine, migrations and the unit of work."""
