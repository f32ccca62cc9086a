"""Merge incidents that are one matter, and split them again."""
