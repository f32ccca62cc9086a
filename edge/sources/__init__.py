"""Camera streams and recordings as sources of frames."""
