"""Limits of the values in a message: what PostgreSQL and JSON can hold, and what is plausible.

The types of the messages use the annotated types; ``check_text``, ``check_json`` and
``check_times`` check what a type cannot express. All of them are pure.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

MAX_NUMBER = 1e15
"""Largest amount of a number: below it, a float holds every integer."""
MAX_DURATION_S = 1e10
"""317 years, which can be added to any plausible time; a clock that begins in 1970 gives ages of
half a century."""
MAX_OFFSET_MS = 1e13
MAX_JSON_DEPTH = 32
MAX_SENTENCE_LENGTH = 2000

EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""A year from the ends of the calendar, which a time zone or a duration would cross."""
MAX_TIME_DISTANCE = timedelta(days=3653)
"""Ten years: a time further from now is a fault of a clock or of the message."""

Name = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$")]
Timestamp = Annotated[datetime, Meta(tz=True)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
Number = Annotated[float, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Amount = Annotated[float, Meta(ge=0, le=MAX_NUMBER)]
Duration = Annotated[float, Meta(ge=0, le=MAX_DURATION_S)]
SignedDuration = Annotated[float, Meta(ge=-MAX_DURATION_S, le=MAX_DURATION_S)]
Offset = Annotated[float, Meta(ge=-MAX_OFFSET_MS, le=MAX_OFFSET_MS)]
Label = Annotated[str, Meta(max_length=200)]
Sentence = Annotated[str, Meta(max_length=MAX_SENTENCE_LENGTH)]

_HALF_PAIR = re.compile("[\ud800-\udfff]")


def check_text(payload: bytes) -> None:
    """Check that every string of a JSON document, also in unknown fields, can be stored.

    PostgreSQL holds neither U+0000 nor half of a surrogate pair; in valid UTF-8, JSON can only
    express them by escapes.

    Raises:
        ValueError: A string cannot be stored, or the bytes are not UTF-8.
        RecursionError: It is nested too deeply.
    """
    payload.decode()
    if b"\\u" in payload and not all(map(is_storable, _strings(json.loads(payload)))):
        raise ValueError("a string contains U+0000 or half of a surrogate pair")


def check_json(value: object, *, depth: int = 0) -> None:
    """Check the numbers and the depth of a decoded JSON document.

    Raises:
        ValueError: A number is too large, or it is nested too deeply.
    """
    if depth > MAX_JSON_DEPTH:
        raise ValueError(f"nested more than {MAX_JSON_DEPTH} levels deep")
    if isinstance(value, int | float):
        check_number(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            check_json(item, depth=depth + 1)


def check_number(value: float) -> None:
    """Check that a number is finite and not larger than ``MAX_NUMBER``.

    Raises:
        ValueError: It is not.
    """
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ValueError(f"a number is not finite or larger than {MAX_NUMBER:g}")


def check_times(times: Iterable[datetime | None], *, now: datetime | None = None) -> None:
    """Check that times can be stored and, if ``now`` is given, lie within ten years of it.

    Raises:
        ValueError: A time is out of range.
    """
    for at in times:
        if at is None:
            continue
        if not EARLIEST <= at <= LATEST:
            raise ValueError(f"{at.isoformat()} is at the end of the calendar")
        if now is not None and not -MAX_TIME_DISTANCE <= at - now <= MAX_TIME_DISTANCE:
            raise ValueError(f"{at.isoformat()} is more than ten years from now")


def is_plausible_time(at: datetime, *, now: datetime) -> bool:
    """Return whether ``at`` lies within ten years of ``now``."""
    return EARLIEST <= at <= LATEST and abs(at - now) <= MAX_TIME_DISTANCE


def storable_text(text: str, *, max_length: int) -> str:
    """Return ``text`` with what PostgreSQL cannot hold written as an escape, and cut."""
    shown = text[:max_length].encode("utf-8", "backslashreplace").decode()
    return shown.replace("\0", "\\x00")[:max_length]


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can hold ``text``."""
    return "\0" not in text and (text.isascii() or not _HALF_PAIR.search(text))


def _strings(value: object) -> Iterator[str]:
    """Yield every string of a decoded JSON document, also the keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
