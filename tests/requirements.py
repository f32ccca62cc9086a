"""Programs that a machine may lack: the test is skipped, or fails where all are required."""

import os

import pytest


def require(condition: bool, what: str) -> None:
    """Skip the test unless ``condition``; fail it when ``REQUIRE_ALL=1``."""
    if condition:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is missing, and REQUIRE_ALL=1 requires it")
    pytest.skip(f"{what} is missing")
