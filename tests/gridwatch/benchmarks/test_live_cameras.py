"""A node on live cameras, one of which is unplugged again and again."""

import json
import subprocess
import sys

import pytest

from gridwatch.benchmarks.edge.rtsp_fixture import REQUIRED_PACKAGES, can_serve
from tests.edge.nodes import footage_path
from tests.requirements import require


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_unplugging_one_camera_does_not_affect_the_others() -> None:
    require(can_serve(), REQUIRED_PACKAGES)
    footage_path()
    options = ["--cameras", "4", "--minutes", "0.7", "--pulls", "6", "--away", "2", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "gridwatch", "bench", "cameras", *options],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert 2 <= result["outages_of_the_pulled"] <= 6, "one may be pulled again before it is back"
    assert (result["outages_of_others"], result["calls_of_others"]) == (0, 0)
    assert (result["lost"], result["doubled"]) == (0, 0)
    assert result["fps"]["fewest"] > 0
