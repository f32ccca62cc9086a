"""Read JSON that an earlier version stored, when the limits of its values were wider."""

from typing import TypeVar

import msgspec

Kind = TypeVar("Kind")


def convert_stored(value: object, kind: type[Kind]) -> Kind | None:
    """Return a stored value as ``kind``; ``None`` if there is none or a part is impossible.

    A row that cannot be read must not make the list fail that it is in.
    """
    if value is None:
        return None
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
