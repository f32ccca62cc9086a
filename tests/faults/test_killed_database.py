"""The embedded PostgreSQL is killed under a running centre, which recovers by itself."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from pipeline.wire import Node
from tests.api.alerts import alert_message
from tests.api.nodes import connected_node
from tests.brokers import free_port
from tests.faults.programs import run_program

NODE = Node("demo", "market", "box-1")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gridwatch-test-") as made:
        yield Path(made)


def gridwatch(*arguments: str) -> str:
    command = [sys.executable, "-m", "gridwatch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def wait_until_healthy(port: int, within_s: float = 60) -> dict[str, object]:
    """Return the first healthy answer of the centre; also the answers before must be JSON."""
    deadline, answer = time.monotonic() + within_s, {}
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=5).json()
        except httpx.HTTPError:
            answer = {}
        if answer.get("status") == "ok":
            return answer
        time.sleep(0.1)
    pytest.fail(f"not healthy within {within_s} s: {answer}")


@pytest.mark.slow
def test_a_killed_database_is_restarted_and_everything_goes_on(folder: Path) -> None:
    data = folder / "central"
    key = bytes.fromhex(
        json.loads(gridwatch("central", "enroll", str(NODE), "--data", str(data), "--json"))["key"]
    )
    port, broker_port = free_port(), free_port()
    arguments = ["-m", "gridwatch", "central", "run", "--data", str(data)]
    arguments += ["--port", str(port), "--broker-port", str(broker_port)]
    with run_program(arguments, folder / "c.log") as centre:
        wait_until_healthy(port)
        with connected_node(broker_port, NODE, key) as node:
            node.publish(alert_message("before", seq=1))
            assert node.next_receipt(30).acked_seq == 1
            for round_ in (2, 3):
                killed = psutil.Process(postmaster(data))
                os.kill(killed.pid, signal.SIGKILL)
                node.publish(alert_message(f"during {round_}", seq=round_))

                assert node.next_receipt(60).acked_seq == round_
                answer = wait_until_healthy(port)
                assert answer["failing_parts"] == []
                assert postmaster(data) != killed.pid

        assert not centre.has_ended, centre.output
        assert centre.stop() == 0, centre.output
    assert centre.output.count("postgres_restarted") == 2
    assert "Traceback" not in centre.output
