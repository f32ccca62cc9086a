"""Which incidents are one matter: cameras that see the same, storms, repeated false alarms."""
