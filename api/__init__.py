"""The centre: takes alerts in, decides what they mean, and follows each until it is closed."""
