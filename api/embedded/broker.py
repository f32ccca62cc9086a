"""The embedded MQTT 5 broker: iotcore in a child process that ends with the centre.

It stores nothing across a restart and has no topic ACL; the outboxes of the nodes and the message
signatures make up for both. Its defaults are unsafe, so it always runs with our configuration.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from api.embedded.broker_probe import can_log_in, connect_host
from api.embedded.data_folder import prepare_folder
from api.errors import BrokerError, PortInUseError
from pipeline.wire.alert import MAX_BYTES

START_TIMEOUT_S = 15.0
PORT_FREE_TIMEOUT_S = 3.0  # the broker of a centre that was just killed takes a moment to end
STOP_TIMEOUT_S = 2.0
PORT_OPTION = "--broker-port or GRIDWATCH_BROKER_PORT"

# The working directory leaves the module path, where a folder could shadow the package.
PROGRAM = """\
import sys
sys.path[:] = [p for p in sys.path if p not in ("", ".")]
from iotcore._serve import main
main()
"""

CONFIG = """\
id = 0

[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 1000
max_segment_size = 10485760
max_segment_count = 10

[v5.1]
name = "v5"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 10000
max_payload_size = {payload}
max_inflight_count = 500
dynamic_filters = true

[v5.1.connections.auth]
{logins}
"""


class EmbeddedBroker:
    """A broker on ``host:port``, for use in a ``with`` block.

    Args:
        folder: Private folder of its configuration and log.
        logins: Passwords by user name; ``central`` is added.

    Raises:
        PortInUseError: Another program listens on the port.
        BrokerError: The broker does not start.
    """

    def __init__(
        self, folder: Path, *, host: str, port: int, logins: Mapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self.host = host
        self.port = port
        self.password = secrets.token_hex(32)
        self._logins = dict(logins or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the broker and wait until it listens."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the broker."""
        self.stop()

    @property
    def logins(self) -> dict[str, str]:
        """Passwords by user name, without ``central``."""
        return dict(self._logins)

    @property
    def connect_host(self) -> str:
        """The address to connect to from this machine, also if it listens on ``0.0.0.0``."""
        return connect_host(self.host)

    @property
    def pid(self) -> int | None:
        """Process id of the child; ``None`` while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the broker and wait until it listens."""
        prepare_folder(self._folder, mode=0o700)
        _wait_until_port_free(self.host, self.port)
        options = json.dumps({"config_path": str(self._write_config())})
        with (self._folder / "broker.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, options],
                stdin=subprocess.PIPE,  # the child ends when the pipe closes, also if we are killed
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_listening()

    def stop(self) -> None:
        """Stop the broker; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def restart(self, logins: Mapping[str, str]) -> None:
        """Restart with these logins; nodes reconnect and resend alerts without a receipt."""
        self._logins = dict(logins)
        self.stop()
        self.start()

    async def is_healthy(self) -> bool:
        """Return whether a new login succeeds; existing connections outlive a broken listener."""
        if self._process is None or self._process.poll() is not None:
            return False
        return await can_log_in(self.host, self.port, user="central", password=self.password)

    def _write_config(self) -> Path:
        logins = {**self._logins, "central": self.password}
        lines = "\n".join(
            f"{json.dumps(user)} = {json.dumps(password)}"
            for user, password in sorted(logins.items())
        )
        path = self._folder / "broker.toml"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(
                CONFIG.format(host=self.host, port=self.port, payload=2 * MAX_BYTES, logins=lines)
            )
        return path

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if _is_listening(self.host, self.port):
                return
            time.sleep(0.02)
        self.stop()
        log_tail = (self._folder / "broker.log").read_text("utf-8", "replace")[-500:]
        message = f"could not start the broker on {self.host}:{self.port}\n{log_tail}"
        raise BrokerError(message.rstrip())


def _wait_until_port_free(host: str, port: int) -> None:
    deadline = time.monotonic() + PORT_FREE_TIMEOUT_S
    while not _is_free(host, port):
        if time.monotonic() > deadline:
            raise PortInUseError("the MQTT broker", f"{host}:{port}", PORT_OPTION)
        time.sleep(0.05)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _is_listening(host: str, port: int) -> bool:
    try:
        with socket.create_connection((connect_host(host), port), timeout=0.5):
            return True
    except OSError:
        return False
