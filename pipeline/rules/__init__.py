"""Scenarios bound to a camera, and the runner that evaluates them."""
