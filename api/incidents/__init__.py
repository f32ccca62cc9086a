"""Incidents: correlation, lifecycle, review and queries."""
