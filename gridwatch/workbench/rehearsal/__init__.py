"""Rehearse reviews and retraining with the alerts of real clips."""
