"""What the HTTP routes of all features share."""
