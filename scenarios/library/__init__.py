"""One file per scenario; its name is the scenario's key."""
