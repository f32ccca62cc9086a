"""Settings of a node: ``edge.toml`` is read, checked and bound to cameras."""
