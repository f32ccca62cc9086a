"""Programs that gridwatch is compared with, in a separate environment."""
