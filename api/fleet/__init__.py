"""Nodes and cameras: reports, health rules, remote control."""
