"""What counts as a hazard: one file each in the library, and what proves them."""
