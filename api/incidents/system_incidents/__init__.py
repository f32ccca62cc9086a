"""Incidents that the centre opens itself, without an alert."""
