"""The process beside the cameras: streams in, alerts out, nothing lost in between."""
