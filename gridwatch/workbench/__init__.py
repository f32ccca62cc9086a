"""Tools for scenario authors: list, create, test, replay, and compose footage."""
