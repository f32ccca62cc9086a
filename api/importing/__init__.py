"""Files read into rows, with every mistake in them; pure."""
