"""Real brokers on free ports, with logins, for the duration of a ``with`` block."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.requirements import require

ROUTER = """\
id = 0

[router]
id = 0
max_connections = 200
max_outgoing_packet_count = 1000
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 5000
max_payload_size = 262144
max_inflight_count = 500

[v5.1.connections.auth]
"""


@dataclass
class RunningBroker:
    """A broker process, and where it listens."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    command: list[str]

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()
        self.process.wait(10)
        if self.process.stdin:
            self.process.stdin.close()

    def start_again(self) -> None:
        """Start it once more on its port; it remembers nothing."""
        self.process = _started(self.command)
        _wait_for(self.port, self.process)


PORTS = count(os.getpid() * 997)  # other workers begin far from here


def free_port() -> int:
    """Find a port that nobody uses, below those that the system itself gives to connections.

    One of these could be taken while a server of the test is not yet up, or restarts.
    """
    return next(port for number in PORTS if _is_free(port := 12_000 + number % 20_000))


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def mosquitto(
    folder: Path,
    logins: Mapping[str, str],
    *,
    acl: str = "",
    port: int | None = None,
    more: Sequence[str] = (),
) -> Iterator[RunningBroker]:
    """Run Mosquitto; ``logins`` maps users to passwords, ``acl`` is the text of an ACL file.

    Args:
        more: Further lines of its configuration.
    """
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    require(program is not None, "mosquitto")
    port = port or free_port()
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous false",
        f"password_file {folder / 'passwords'}",
        "persistence false",
        f"user {getpass.getuser()}",  # without it, root becomes somebody who cannot read these
        "max_inflight_messages 500",
        "max_queued_messages 100000",
        *more,
    ]
    (folder / "passwords").touch(mode=0o600)
    for user, password in logins.items():
        arguments = ["mosquitto_passwd", "-b", str(folder / "passwords"), user, password]
        subprocess.run(arguments, check=True, capture_output=True)
    if acl:
        (folder / "acl").write_text(acl)
        lines.append(f"acl_file {folder / 'acl'}")
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    with _running("mosquitto", port, [str(program), "-c", str(config)]) as broker:
        yield broker


@contextmanager
def iotcore(
    folder: Path, logins: Mapping[str, str], *, port: int | None = None
) -> Iterator[RunningBroker]:
    """Run the embedded broker; it dies with its standard input."""
    port = port or free_port()
    users = "".join(f'"{user}" = "{password}"\n' for user, password in logins.items())
    config = folder / "iotcore.toml"
    config.write_text(ROUTER.format(port=port) + users)
    config.chmod(0o600)
    command = [
        sys.executable,
        "-c",
        "import sys; from iotcore._serve import main; main()",
        f'{{"config_path": "{config}"}}',
    ]
    with _running("iotcore", port, command) as broker:
        yield broker


@contextmanager
def _running(name: str, port: int, command: list[str]) -> Iterator[RunningBroker]:
    broker = RunningBroker(name, port, _started(command), command)
    try:
        _wait_for(port, broker.process)
        yield broker
    finally:
        broker.kill()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the broker ended with {process.returncode}")
        with socket.socket() as sock:
            sock.settimeout(0.2)
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the broker does not listen")
