"""Accuracy and speed of a detector."""
