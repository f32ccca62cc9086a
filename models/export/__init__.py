"""Conversion and optimisation of networks."""
