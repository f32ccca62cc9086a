"""Incidents whose truth is known, to check what the centre says about its accuracy."""
