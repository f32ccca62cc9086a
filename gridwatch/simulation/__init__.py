"""Simulate a day of a district: nodes, centre, phones and people on simulated time."""
