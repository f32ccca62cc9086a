"""Live cameras: connection, decoding, reconnection and stream time."""
