"""Benchmarks behind ``gridwatch bench``; each figure is a ratio within one run."""
