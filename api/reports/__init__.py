"""Counts, latencies, health and metrics."""
