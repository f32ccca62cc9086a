"""Cases and footage that verify a scenario."""
