"""Areas in HTTP answers."""

from typing import Annotated, Self

from pydantic import Field

from api.areas.hierarchy import AreaLevel, AreaRecord
from api.web.schemas import Payload


class Area(Payload):
    """An area of the grid."""

    code: str
    name: str
    level: AreaLevel
    path: Annotated[list[str], Field(description="Area names from the city down to this area")]

    @classmethod
    def of(cls, record: AreaRecord | None) -> Self | None:
        """Build the answer for an area, or ``None`` for none."""
        if record is None:
            return None
        return cls.model_validate(record)
