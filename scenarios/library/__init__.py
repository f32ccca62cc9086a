"""One file per scenario; its name is the key."""
