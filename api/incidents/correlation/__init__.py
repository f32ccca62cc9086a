"""Decide which alerts are one incident, and store what follows."""
