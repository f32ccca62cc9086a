"""What a scenario rule can query about a frame."""
