"""An MQTT 5 broker of our own: iotcore, in a child process that dies with us.

It keeps nothing over a restart and has no topic ACL: the boxes' outboxes and the messages'
signatures make up for both. Its defaults are unsafe, so it always runs with our file.
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
PORT_FREE_WITHIN_S = 3.0  # a broker of ours that was killed with us takes a moment
STOP_TIMEOUT_S = 2.0
OPTION = "--broker-port or GRIDWATCH_BROKER_PORT"

# The working folder is taken off the path, lest a folder there shadow the package.
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
max_segment_size = 104857600
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
    """A broker on ``host:port``; use it in a ``with`` block.

    Args:
        folder: Where its configuration lies, for our eyes only.
        logins: Users and passwords; ``central`` is added.

    Raises:
        PortInUseError: Another program listens there.
        BrokerError: It does not come up.
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
        """Start it and wait until it listens."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    @property
    def logins(self) -> dict[str, str]:
        """Who may come in, beside us."""
        return dict(self._logins)

    @property
    def connect_host(self) -> str:
        """Where to reach it from this machine; ``0.0.0.0`` is no place to go to."""
        return connect_host(self.host)

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and wait until it listens."""
        prepare_folder(self._folder, mode=0o700)
        _wait_until_free(self.host, self.port)
        options = json.dumps({"config_path": str(self._write_config())})
        with (self._folder / "broker.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, options],
                stdin=subprocess.PIPE,  # its end is the child's end, however we die
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_it_listens()

    def stop(self) -> None:
        """Stop it; safe to call twice."""
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
        """Let these in from now on; boxes reconnect and send again what had no receipt."""
        self._logins = dict(logins)
        self.stop()
        self.start()

    async def is_healthy(self) -> bool:
        """Log in on a new connection: a broken listener leaves the old ones alive."""
        if self._process is None or self._process.poll() is not None:
            return False
        return await can_log_in(self.host, self.port, user="central", password=self.password)

    def _write_config(self) -> Path:
        logins = {**self._logins, "central": self.password}
        lines = "\n".join(f"{json.dumps(u)} = {json.dumps(p)}" for u, p in sorted(logins.items()))
        path = self._folder / "broker.toml"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(
                CONFIG.format(host=self.host, port=self.port, payload=2 * MAX_BYTES, logins=lines)
            )
        return path

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if _listens(self.host, self.port):
                return
            time.sleep(0.02)
        self.stop()
        end = (self._folder / "broker.log").read_text("utf-8", "replace")[-500:]
        raise BrokerError(f"the broker does not start on {self.host}:{self.port}\n{end}".rstrip())


def _wait_until_free(host: str, port: int) -> None:
    deadline = time.monotonic() + PORT_FREE_WITHIN_S
    while not _is_free(host, port):
        if time.monotonic() > deadline:
            raise PortInUseError("the MQTT broker", f"{host}:{port}", OPTION)
        time.sleep(0.05)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((connect_host(host), port), timeout=0.5):
            return True
    except OSError:
        return False
