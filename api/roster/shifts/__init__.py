"""Change the roster: plan, correct and end shifts, replace colleagues, call people up."""
