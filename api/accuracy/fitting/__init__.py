"""Fit calibrations and thresholds to stored verdicts, and score alerts with them."""
