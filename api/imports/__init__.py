"""Import areas, accounts, rosters and cameras from files."""
