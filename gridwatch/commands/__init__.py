"""One file per group of commands, imported only when it is called."""
