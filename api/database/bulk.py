"""Pass many rows to one statement."""

from collections.abc import Sequence

import msgspec


def as_json(rows: Sequence[object]) -> str:
    """Encode rows as one JSON array for ``json_to_recordset``; bytes become base64.

    One text parameter costs the driver far less than one array per column, where it encodes
    each value separately.
    """
    return msgspec.json.encode(rows).decode()


def as_columns(rows: Sequence[object], names: Sequence[str]) -> dict[str, list[object]]:
    """Return one list of values per attribute in ``names``, for ``unnest``."""
    return {name: [getattr(row, name) for row in rows] for name in names}
