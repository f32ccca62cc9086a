"""Read when something happens from published annotations."""
