"""Measurements behind ``gridwatch bench``; each is a ratio within one run."""
