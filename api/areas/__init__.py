"""The administrative hierarchy and its outlines."""
