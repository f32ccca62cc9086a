"""Create work orders for incidents, and escalate them until a worker accepts."""
