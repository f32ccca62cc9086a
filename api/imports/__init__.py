"""Imports of areas, people, shifts and cameras from files."""
