"""Lists of incidents: views, filters and pages."""
