"""One file per way to reach a person, and the sender that works them off."""
