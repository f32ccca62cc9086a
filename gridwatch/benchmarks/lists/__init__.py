"""`bench lists`: requests of a centre that has been running for a year."""
