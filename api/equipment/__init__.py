"""Call a person for what is wrong with nodes, cameras and the roster."""
