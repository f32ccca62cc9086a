"""Ask another model about the snapshot of an incident; off unless a site names an endpoint."""
