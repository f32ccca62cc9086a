"""Parse the ``Range`` header of a video player (RFC 9110, section 14). Pure."""

import re
from dataclasses import dataclass

from api.errors import RangeNotSatisfiableError

_SINGLE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` (inclusive) to ``end`` (exclusive) of a body of ``size`` bytes."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> str:
        """The value of the ``Content-Range`` header."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def parse_byte_range(header: str, size: int) -> ByteRange | None:
    """Parse a ``Range`` header.

    Returns:
        The range, or ``None`` for the whole body: without a header, and for several or
        malformed ranges, which a server may ignore.

    Raises:
        RangeNotSatisfiableError: The range starts after the end of the body.
    """
    match = _SINGLE_RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size or start >= end:
        raise RangeNotSatisfiableError("no_such_range", f"the body has {size} bytes")
    return ByteRange(start, end, size)
