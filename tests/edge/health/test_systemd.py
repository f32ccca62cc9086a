"""What a supervisor is told: ready, alive, ending; and nothing by a box that hangs."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import OutboxFullError
from edge.health.systemd import SystemdNotifier
from tests.edge.nodes import with_installed_model, write_edge_toml
from tests.edge.test_edge_command import command


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60)
        yield listening


def heard(supervisor: socket.socket) -> str:
    return supervisor.recv(100).decode()


def watchdog(supervisor: socket.socket, alive: threading.Event) -> SystemdNotifier:
    def answers() -> None:
        if not alive.is_set():
            raise OutboxFullError(Path("data"), "the disk is gone")

    told = {"NOTIFY_SOCKET": supervisor.getsockname(), "WATCHDOG_USEC": "20000"}
    made = SystemdNotifier.from_environment(answers, told)
    assert made is not None
    return made


def test_it_is_ready_then_lives_then_ends(supervisor: socket.socket) -> None:
    stop, alive = threading.Event(), threading.Event()
    alive.set()
    thread = threading.Thread(target=watchdog(supervisor, alive).run, args=(stop,))
    thread.start()
    first = [heard(supervisor) for _ in range(3)]
    stop.set()
    thread.join(10)
    supervisor.setblocking(False)
    rest: list[str] = []
    while not rest or rest[-1] != "STOPPING=1":
        rest.append(heard(supervisor))

    assert first == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]


def test_a_box_whose_outbox_does_not_answer_gives_no_sign(supervisor: socket.socket) -> None:
    stop, dead = threading.Event(), threading.Event()
    thread = threading.Thread(target=watchdog(supervisor, dead).run, args=(stop,))
    thread.start()
    ready = heard(supervisor)
    supervisor.settimeout(0.2)
    with pytest.raises(TimeoutError):
        heard(supervisor)
    stop.set()
    thread.join(10)

    assert ready == "READY=1"


def test_without_a_supervisor_there_is_none() -> None:
    assert SystemdNotifier.from_environment(bool, {}) is None


@pytest.mark.slow
def test_a_real_box_tells_its_supervisor(tmp_path: Path, supervisor: socket.socket) -> None:
    text = with_installed_model().replace("fast", "live")
    text = text.replace("start_at = 2026-03-01T08:00:00Z", "loop = true")
    file = write_edge_toml(tmp_path, text.replace("metrics_port = 9464\n", ""))
    told = {"NOTIFY_SOCKET": supervisor.getsockname(), "WATCHDOG_USEC": "1000000"}
    with subprocess.Popen(command("run", file), env={**os.environ, **told}) as box:
        first = [heard(supervisor) for _ in range(2)]
        box.send_signal(signal.SIGTERM)
        while (last := heard(supervisor)) != "STOPPING=1":
            assert last == "WATCHDOG=1"

    assert first == ["READY=1", "WATCHDOG=1"]
    assert box.returncode == 0
