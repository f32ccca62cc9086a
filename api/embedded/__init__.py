"""Database and broker that come with the centre, for one machine without others."""
