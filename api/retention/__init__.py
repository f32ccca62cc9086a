"""Deletes rows whose time to live has passed."""
