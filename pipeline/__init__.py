"""The pure core: frames in, alerts out. No input or output, no clock, no chance."""
