"""Small stand-ins for the services of the channels: for tests, demos and trying out settings."""
