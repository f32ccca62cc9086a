"""The embedded MQTT 5 broker: iotcore and the gate before it, two child processes.

Both end with the centre. iotcore stores nothing across a restart; the outboxes of the nodes make up
for it. It has no topic ACL and a fixed list of logins: the gate (``gate.py``) holds both. Its
defaults are unsafe, so it always runs with our configuration.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from api.embedded.broker_probe import can_log_in, connect_host
from api.embedded.data_folder import prepare_folder
from api.embedded.gate import GateConfig
from api.embedded.topic_rights import CENTRE, hash_password
from api.errors import BrokerError, PortInUseError
from pipeline.wire.alert import MAX_BYTES

START_TIMEOUT_S = 15.0
PORT_FREE_TIMEOUT_S = 3.0  # the broker of a centre that was just killed takes a moment to end
STOP_TIMEOUT_S = 2.0
COUNTS_FILE = "gate.json"
GATE_SILENT_S = 20.0
"""A gate that has not written its counts for so long hangs; it writes them every second."""
PORT_OPTION = "--broker-port or GRIDWATCH_BROKER_PORT"

# The working directory leaves the module path, where a folder could shadow the package.
PROGRAM = """\
import sys
sys.path[:] = [p for p in sys.path if p not in ("", ".")]
from iotcore._serve import main
main()
"""

GATE_PROGRAM = """\
import sys
sys.path[:] = [p for p in sys.path if p not in ("", ".")]
from api.embedded.gate import main
main()
"""

GATE_USER = "gate"

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
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 10000
max_payload_size = {payload}
max_inflight_count = 500
dynamic_filters = true

[v5.1.connections.auth]
{logins}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTls:
    """The certificate of the broker.

    Args:
        client_authority: PEM file of the authority that signs the certificates of nodes.
        needs_certificate: Whether every node has to have one.
    """

    certificate: Path
    private_key: Path
    client_authority: Path
    needs_certificate: bool = False


class EmbeddedBroker:
    """A broker whose gate listens on ``host:port``, for use in a ``with`` block.

    Args:
        folder: Private folder of its configuration and log.
        logins: Passwords by user name; ``central`` is added.
        tls: ``None`` for connections that are not encrypted.

    Attributes:
        inner_port: Port of the broker itself on the loopback interface, for the centre.

    Raises:
        PortInUseError: Another program listens on the port.
        BrokerError: The broker does not start.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str,
        port: int,
        logins: Mapping[str, str] | None = None,
        tls: BrokerTls | None = None,
    ) -> None:
        self._folder = folder
        self.host = host
        self.port = port
        self.inner_port = 0
        self.password = secrets.token_hex(32)
        self._gate_password = secrets.token_hex(32)
        self._logins = dict(logins or {})
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None
        self._gate: subprocess.Popen[bytes] | None = None
        self._gate_written_at = 0.0
        self._gate_seen_at = 0.0

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
        """Process id of the broker; ``None`` while there is none."""
        return self._process.pid if self._process else None

    @property
    def gate_pid(self) -> int | None:
        """Process id of the gate; ``None`` while there is none."""
        return self._gate.pid if self._gate else None

    def start(self) -> None:
        """Start broker and gate, and wait until they listen."""
        prepare_folder(self._folder, mode=0o700)
        _wait_until_port_free(self.host, self.port)
        self.inner_port = self.inner_port or _find_free_port()
        options = json.dumps({"config_path": str(self._write_config())})
        self._process = self._start_child([PROGRAM, options])
        self._wait_until_listening(self._process, "127.0.0.1", self.inner_port)
        self._gate = self._start_child([GATE_PROGRAM])
        self._write_to_gate(json.dumps(asdict(self._gate_config())))
        self._wait_until_listening(self._gate, self.host, self.port)

    def stop(self) -> None:
        """Stop both; a second call does nothing."""
        gate, self._gate = self._gate, None
        process, self._process = self._process, None
        for child in (gate, process):
            if child is not None:
                _stop_child(child)

    def restart(self, logins: Mapping[str, str]) -> None:
        """Restart with these logins; nodes reconnect and resend alerts without a receipt."""
        self._logins = dict(logins)
        self.stop()
        self.start()

    def set_logins(self, logins: Mapping[str, str]) -> None:
        """Use other logins from now on; only connections whose login is gone are closed."""
        self._logins = dict(logins)
        self._write_to_gate(json.dumps({"logins": self._gate_logins()}))

    def read_counts(self) -> dict[str, int]:
        """Return what the gate has refused since its start, by reason; empty if it is unknown."""
        try:
            counts = json.loads((self._folder / COUNTS_FILE).read_bytes())
        except (OSError, ValueError):
            return {}
        return {str(name): int(n) for name, n in counts.items()}

    async def is_healthy(self) -> bool:
        """Return whether the broker takes a new login, and the gate runs."""
        if any(child is None or child.poll() is not None for child in (self._process, self._gate)):
            return False
        is_up = await can_log_in("127.0.0.1", self.inner_port, user=CENTRE, password=self.password)
        return is_up and self._is_gate_alive()

    def _is_gate_alive(self) -> bool:
        """Return whether the gate has written its counts lately.

        A login through the gate would not tell: strangers may delay it, and a restart then ends
        the connections of all nodes.
        """
        try:
            written_at = (self._folder / COUNTS_FILE).stat().st_mtime
        except OSError:
            return False
        if written_at != self._gate_written_at:
            self._gate_written_at, self._gate_seen_at = written_at, time.monotonic()
        return time.monotonic() - self._gate_seen_at < GATE_SILENT_S

    def _start_child(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "broker.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-c", *arguments],
                stdin=subprocess.PIPE,  # a child ends when the pipe closes, also if we are killed
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _write_to_gate(self, line: str) -> None:
        if self._gate is None or self._gate.stdin is None:
            return
        with suppress(OSError):  # it has ended; the supervisor starts it again
            self._gate.stdin.write(line.encode() + b"\n")
            self._gate.stdin.flush()

    def _gate_logins(self) -> dict[str, str]:
        logins = {**self._logins, CENTRE: self.password}
        return {user: hash_password(password) for user, password in logins.items()}

    def _gate_config(self) -> GateConfig:
        tls = self._tls
        return GateConfig(
            host=self.host,
            port=self.port,
            broker_port=self.inner_port,
            broker_login=(GATE_USER, self._gate_password),
            logins=self._gate_logins(),
            max_packet=2 * MAX_BYTES,
            counts=str(self._folder / COUNTS_FILE),
            certificate=str(tls.certificate) if tls else "",
            private_key=str(tls.private_key) if tls else "",
            client_authority=str(tls.client_authority) if tls else "",
            needs_certificate=tls.needs_certificate if tls else False,
        )

    def _write_config(self) -> Path:
        logins = {GATE_USER: self._gate_password, CENTRE: self.password}
        lines = "\n".join(f"{json.dumps(user)} = {json.dumps(logins[user])}" for user in logins)
        path = self._folder / "broker.toml"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(CONFIG.format(port=self.inner_port, payload=2 * MAX_BYTES, logins=lines))
        return path

    def _wait_until_listening(self, process: subprocess.Popen[bytes], host: str, port: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and process.poll() is None:
            if _is_listening(host, port):
                return
            time.sleep(0.02)
        self.stop()
        log_tail = (self._folder / "broker.log").read_text("utf-8", "replace")[-500:]
        message = f"could not start the broker on {host}:{port}\n{log_tail}"
        raise BrokerError(message.rstrip())


def _stop_child(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
