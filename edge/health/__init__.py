"""Counters, node health, Prometheus metrics and systemd notifications."""
