"""Delete rows whose retention time has passed."""
