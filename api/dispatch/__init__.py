"""Incidents to work orders, and escalation until somebody accepts."""
