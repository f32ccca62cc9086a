"""How precise the alerts are, how many true ones reach somebody, and the load on the operators."""
