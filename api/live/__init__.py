"""Live updates: the event feed and its server-sent event stream."""
