"""Control nodes from the centre: permissions, desired configuration, commands."""
