"""One module for each group of commands, imported only when it is typed."""
