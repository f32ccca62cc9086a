"""Real brokers for the tests of the edge; the fast tests run on the embedded one only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import brokers
from tests.edge.nodes import LOGINS


@pytest.fixture(params=[pytest.param("mosquitto", marks=pytest.mark.slow), "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[brokers.RunningBroker]:
    kind = {"mosquitto": brokers.mosquitto, "iotcore": brokers.iotcore}[request.param]
    folder = tmp_path / "broker"
    folder.mkdir()
    with kind(folder, LOGINS) as running:
        yield running
