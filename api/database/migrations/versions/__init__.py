"""In order; a released one is never changed."""
