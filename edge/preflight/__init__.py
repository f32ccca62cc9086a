"""Is a box ready to be left alone? Everything that ``edge.toml`` names is tried, all at once."""
