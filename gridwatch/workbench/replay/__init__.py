"""Replay a scenario on a recording, and write a page that explains its alerts."""
