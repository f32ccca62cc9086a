"""Benchmarks of the edge."""
