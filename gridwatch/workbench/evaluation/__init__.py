"""Evaluate scenarios on recordings whose happenings are known."""
