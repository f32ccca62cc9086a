"""Work orders: transitions, field reports and verification."""
