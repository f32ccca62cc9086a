"""Who has a page open."""
