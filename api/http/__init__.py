"""HTTP: routes parse, call and answer; what is decided is decided elsewhere."""
