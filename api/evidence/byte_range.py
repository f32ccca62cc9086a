"""Part of a body, as a video player asks for it (RFC 9110, section 14). Pure."""

import re
from dataclasses import dataclass

from api.errors import RangeNotSatisfiableError

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` to ``end``, the last not included, of ``size``."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> str:
        """Its ``Content-Range``."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def parse_byte_range(asked: str, size: int) -> ByteRange | None:
    """Read a ``Range`` header; ``None`` for the whole, as also for what is no single range.

    Raises:
        UnsatisfiableError: It begins behind the end.
    """
    found = _ONE.fullmatch(asked.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or start >= end:
        raise RangeNotSatisfiableError("no_such_range", f"it has {size} bytes")
    return ByteRange(start, end, size)
