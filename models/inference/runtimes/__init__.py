"""Inference runtimes: load a network, warm it up, run it."""
