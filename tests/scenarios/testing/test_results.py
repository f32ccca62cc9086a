"""Figures over the plays of a scenario."""

import pytest

from scenarios import catalogue
from scenarios.testing.case_player import play_all_cases
from scenarios.testing.results import build_report


@pytest.mark.slow
def test_the_report_counts_matched_alerts_of_all() -> None:
    intrusion = catalogue.load()["intrusion"]
    report = build_report({"intrusion": list(play_all_cases(intrusion))})
    figures = report.scenarios["intrusion"]

    assert report.failed == 0
    assert figures.cases == figures.passed == 2 * len(intrusion.cases)
    assert figures.precision == figures.recall == (8, 8)
