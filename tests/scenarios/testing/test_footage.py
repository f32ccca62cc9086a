"""Alerts on a real clip compared with what its case expects."""

import pytest

from scenarios.testing.cases import FootageCase
from scenarios.testing.footage import Span, check_spans

CASE = FootageCase("square.mp4", expects=[(12, 95)], tolerance_s=3)


@pytest.mark.parametrize(
    ("spans", "failure"),
    [
        ([(12.0, 95.0)], ""),
        ([(9.0, 98.0)], ""),
        ([(8.9, 95.0)], "open 8.9 to 95 s instead of 12 to 95 s"),
        ([], "open never instead of 12 to 95 s"),
        ([(12.0, 40.0), (50.0, 95.0)], "open 12 to 40 s, 50 to 95 s instead of 12 to 95 s"),
    ],
)
def test_a_clip_is_checked_by_when_its_alerts_were_open(spans: list[Span], failure: str) -> None:
    assert check_spans(CASE, spans).failure == failure


def test_a_case_without_expected_alerts_wants_silence() -> None:
    silent = FootageCase("empty.mp4", expects=[])

    assert check_spans(silent, []).failure == ""
    assert check_spans(silent, [(1.0, 2.0)]).failure == "open 1 to 2 s instead of never"


def test_an_unexpected_alert_does_not_hide_an_expected_one() -> None:
    result = check_spans(CASE, [(2.0, 5.0), (12.0, 95.0)])

    assert (result.matched, result.expected, len(result.opened_after)) == (1, 1, 2)
    assert result.failure
