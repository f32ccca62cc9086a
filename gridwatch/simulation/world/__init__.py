"""The simulated world, drawn from a seed: the district, its people, and what happens there."""
