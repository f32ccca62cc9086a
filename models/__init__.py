"""Detection models: fetch, run, convert and evaluate them. Start at ``detector.py``."""
