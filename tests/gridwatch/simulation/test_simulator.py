"""A short simulated day: nothing is lost, and the same seed gives the same figures."""

import json
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "gridwatch", "simulate", "--json"]
SHORT = ["--happenings", "30", "--hours", "0.5", "--seed", "5"]


def simulate(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_same_seed_gives_the_same_figures_and_no_message_is_lost() -> None:
    first, second = simulate(*SHORT), simulate(*SHORT)

    assert first.stdout == second.stdout, first.stderr
    figures = json.loads(first.stdout)
    assert figures["happenings"] >= 25
    assert figures["lost"] == figures["early"] == 0


@pytest.mark.slow
def test_an_unknown_profile_is_a_usage_error_that_names_the_known_ones() -> None:
    result = simulate("--profile", "quiet-night")

    assert result.returncode == 2
    assert "district-day" in result.stderr
