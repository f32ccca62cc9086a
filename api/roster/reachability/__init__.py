"""Who can be reached now, and where nobody can."""
