"""Display names: what people call a node, a camera and its zones, beside their keys."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.wire.limits import Name

MAX_TITLE_LENGTH = 100
MAX_ADDRESS_LENGTH = 200

Title = Annotated[str, Meta(max_length=MAX_TITLE_LENGTH)]
Address = Annotated[str, Meta(max_length=MAX_ADDRESS_LENGTH)]

_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def is_one_line(text: str) -> bool:
    """Return whether a text fits on one line and changes nothing around it."""
    return not _CONTROL_CHARACTER.search(text)


class CameraNames(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people call a camera, where it is, and what they call its zones; any language.

    Args:
        zones: Title of each zone that has one, by its key.
    """

    title: Title = ""
    address: Address = ""
    zones: dict[Name, Title] = {}

    def __post_init__(self) -> None:
        """Check that each text fits on one line."""
        _check_lines(self.title, self.address, *self.zones.values())


class NodeNames(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people call a node, where it is, and the names of its cameras.

    Args:
        cameras: Every camera of the node by its key, also those without a title.
    """

    title: Title = ""
    address: Address = ""
    cameras: dict[Name, CameraNames] = {}

    def __post_init__(self) -> None:
        """Check that each text fits on one line."""
        _check_lines(self.title, self.address)


def _check_lines(*texts: str) -> None:
    if not all(map(is_one_line, texts)):
        raise ValueError("a title or address has a line break or control character")
