"""Replay of a scenario on a recording, and its report page."""
