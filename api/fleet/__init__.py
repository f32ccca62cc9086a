"""Nodes and cameras: reports, health rules, configuration and commands."""
