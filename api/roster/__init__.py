"""Shifts, and who is on duty at a place and time."""
