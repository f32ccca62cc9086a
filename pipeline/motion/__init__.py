"""The motion gate: which frames and regions are worth an inference."""
