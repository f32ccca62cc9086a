"""Show areas in HTTP problem_responses."""

from dataclasses import asdict

from api.areas.hierarchy import AreaRecord
from api.web.schemas import Area


def present_area(record: AreaRecord | None) -> Area | None:
    """Return an area with the names above it."""
    if record is None:
        return None
    return Area.model_validate({**asdict(record), "path": list(record.path)})
