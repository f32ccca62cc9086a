"""Programs measured beside gridwatch, in their own environments."""
