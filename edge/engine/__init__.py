"""One inference engine for all cameras of a node, and its scheduler."""
