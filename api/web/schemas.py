"""Request and response schemas that several features share."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

NO_NUL = r"^[^\x00]*$"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[
    int, Field(ge=1, le=2**53 - 1, description="As read; refused with 409 if it has changed since")
]
Reason = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Payload(BaseModel):
    """Base class of all schemas; unknown fields are refused.

    An answer is built from a record by ``model_validate(record)``: by its attributes, without a
    dictionary in between.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Text(Payload):
    """A text in Chinese and English."""

    zh: str
    en: str


class Location(Payload):
    """A location in WGS-84 degrees."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class DisplayNames(Payload):
    """What people call a node, a camera and a zone; the key where there is no other name.

    The database function ``display_names(node, camera, zone)`` returns these fields.
    """

    node: str
    camera: str
    zone: str
    address: Annotated[str, Field(description="Where the camera is; empty if nobody has said")]


class Page(Payload, Generic[Item]):
    """One page of a list; ``next`` is the cursor of the next page."""

    items: list[Item]
    next: str | None = None
