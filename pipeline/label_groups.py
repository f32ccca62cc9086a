"""Labels that detectors confuse: what matters is often the group, not the label."""

VEHICLES = frozenset({"car", "van", "bus", "truck", "vehicle"})
"""Vehicles on four wheels or more. From above, a small detector changes between them."""
TWO_WHEELERS = frozenset({"bicycle", "motorcycle"})
"""An electric bicycle is reported as either."""

_GROUPS = {label: group for group in (VEHICLES, TWO_WHEELERS) for label in group}


def group_of(label: str) -> frozenset[str]:
    """Return the labels that an object with this label may also be reported as, with it."""
    return _GROUPS.get(label, frozenset({label}))
