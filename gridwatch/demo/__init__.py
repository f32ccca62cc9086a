"""The whole system on one machine: a demonstration town, two cameras, real footage."""
