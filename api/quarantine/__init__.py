"""Messages that could not be accepted."""
