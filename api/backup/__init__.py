"""Back the centre up to a folder while it runs, verify a backup, and restore from it."""
