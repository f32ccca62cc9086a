"""One inference engine shared by all cameras of a node."""
