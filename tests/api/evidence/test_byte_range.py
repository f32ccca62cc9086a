"""Parts of a body as players ask for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import RangeNotSatisfiableError
from api.evidence.byte_range import parse_byte_range

BODY = bytes(range(100))


@pytest.mark.parametrize(
    ("header", "selected", "content_range"),
    [
        ("bytes=0-", BODY, "bytes 0-99/100"),
        ("bytes=10-19", BODY[10:20], "bytes 10-19/100"),
        ("bytes=90-500", BODY[90:], "bytes 90-99/100"),
        ("bytes=-10", BODY[90:], "bytes 90-99/100"),
        ("bytes=-500", BODY, "bytes 0-99/100"),
    ],
)
def test_a_single_range_selects_one_part(header: str, selected: bytes, content_range: str) -> None:
    part = parse_byte_range(header, len(BODY))

    assert part is not None
    assert (BODY[part.start : part.end], part.content_range) == (selected, content_range)


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=9-3", "bytes=0-1,5-6", "lines=0-1", "½"])
def test_several_or_malformed_ranges_select_the_whole_body(header: str) -> None:
    assert parse_byte_range(header, len(BODY)) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_after_the_end_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiableError, match="100 bytes"):
        parse_byte_range(header, len(BODY))


@given(header=st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True), size=st.integers(1, 300))
def test_a_part_is_never_empty_and_never_exceeds_the_body(header: str, size: int) -> None:
    try:
        part = parse_byte_range(header, size)
    except RangeNotSatisfiableError:
        return
    assert part is None or 0 <= part.start < part.end <= size
