"""Check everything that a node needs before it is left to run."""
