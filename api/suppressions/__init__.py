"""Withhold calls for a camera, zone, scenario or area, with a reason and an end."""
