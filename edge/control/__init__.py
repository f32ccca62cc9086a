"""Remote control: configuration, commands, drills and clock synchronisation."""
