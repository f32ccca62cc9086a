"""How likely an incident is true, and what follows from it. Pure."""
