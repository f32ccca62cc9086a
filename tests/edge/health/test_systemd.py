"""Notifications to systemd: ready, alive, stopping; none from a node that hangs."""

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
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        yield listener


def receive(supervisor: socket.socket) -> str:
    return supervisor.recv(100).decode()


def make_notifier(supervisor: socket.socket, alive: threading.Event) -> SystemdNotifier:
    def check_alive() -> None:
        if not alive.is_set():
            raise OutboxFullError(Path("data"), "the disk is gone")

    environment = {"NOTIFY_SOCKET": supervisor.getsockname(), "WATCHDOG_USEC": "20000"}
    notifier = SystemdNotifier.from_environment(check_alive, environment)
    assert notifier is not None
    return notifier


def test_ready_then_watchdog_then_stopping_are_sent(supervisor: socket.socket) -> None:
    stop, alive = threading.Event(), threading.Event()
    alive.set()
    thread = threading.Thread(target=make_notifier(supervisor, alive).run, args=(stop,))
    thread.start()
    first = [receive(supervisor) for _ in range(3)]
    stop.set()
    thread.join(10)
    supervisor.setblocking(False)
    rest: list[str] = []
    while not rest or rest[-1] != "STOPPING=1":
        rest.append(receive(supervisor))

    assert first == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]


def test_a_node_whose_outbox_fails_sends_no_watchdog(supervisor: socket.socket) -> None:
    stop, never_alive = threading.Event(), threading.Event()
    thread = threading.Thread(target=make_notifier(supervisor, never_alive).run, args=(stop,))
    thread.start()
    ready = receive(supervisor)
    supervisor.settimeout(0.2)
    with pytest.raises(TimeoutError):
        receive(supervisor)
    stop.set()
    thread.join(10)

    assert ready == "READY=1"


def test_without_systemd_there_is_no_notifier() -> None:
    assert SystemdNotifier.from_environment(bool, {}) is None


@pytest.mark.slow
def test_a_real_node_notifies_its_supervisor(tmp_path: Path, supervisor: socket.socket) -> None:
    text = with_installed_model().replace("fast", "live")
    text = text.replace("start_at = 2026-03-01T08:00:00Z", "loop = true")
    file = write_edge_toml(tmp_path, text.replace("metrics_port = 9464\n", ""))
    environment = {"NOTIFY_SOCKET": supervisor.getsockname(), "WATCHDOG_USEC": "1000000"}
    with subprocess.Popen(command("run", file), env={**os.environ, **environment}) as process:
        first = [receive(supervisor) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        while (last := receive(supervisor)) != "STOPPING=1":
            assert last == "WATCHDOG=1"

    assert first == ["READY=1", "WATCHDOG=1"]
    assert process.returncode == 0
