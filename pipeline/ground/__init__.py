"""The ground plane: from frame coordinates to metres."""
