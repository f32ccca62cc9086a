"""Programs that gridwatch is compared with, in an environment of their own."""
