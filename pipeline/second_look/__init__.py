"""The second look: check weak evidence at higher resolution before an alert opens."""
