"""Signals to alerts: hold times, flicker and stream gaps."""
