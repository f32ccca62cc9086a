"""The command line and the one-machine demo: where the parts are put together."""
