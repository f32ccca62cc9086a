"""PostgreSQL: all SQL of the centre, and nothing else."""
