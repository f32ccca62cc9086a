"""The gate in front of the embedded broker, a process of its own: TLS, logins, topics, limits.

iotcore, the broker, knows neither topic rights nor logins that change while it runs, and waits for
silent connections. So it listens on the loopback interface only; clients reach the gate, which
passes on what a client may send and never reads what the broker answers.

Each line of standard input is a JSON object with the keys of ``GateConfig``; ``logins`` may change
while it runs. The gate ends with the centre, when standard input closes.
"""

import asyncio
import json
import os
import resource
import socket
import ssl
import sys
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import uvloop

from api.embedded.gate_connection import BrokerSide, ClientConnection
from api.embedded.mqtt_packets import Connect
from api.embedded.topic_rights import CENTRE, is_login_valid
from pipeline.wire.enrolment import NODE_URI

LOGIN_TIMEOUT_S = 5.0
"""Time for the TLS handshake and the CONNECT."""
MAX_SILENT, MAX_SILENT_PER_ADDRESS = 512, 128
"""Connections without a login; of more, the oldest is closed, so that a new one gets its turn."""
MAX_PER_USER = 4
"""Connections of one node: a half-dead one must not keep the node from connecting again."""
BACKLOG = 1024
COUNTS_EVERY_S = 1.0
MAX_CONFIG_BYTES = 2**26
MAX_DESCRIPTORS = 65_536
DESCRIPTORS_KEPT = 64
"""File descriptors of the process beside its connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """What the gate needs to know.

    Args:
        logins: SHA-256 of the password by user name.
        broker_login: User name and password at the broker behind.
        certificate: PEM file of the server certificate; empty for no TLS.
        client_authority: PEM file; a client certificate it has signed is checked. Empty for none.
        needs_certificate: Whether every node has to have one.
        counts: File to which refused connections and packets are counted.
    """

    host: str
    port: int
    broker_port: int
    broker_login: tuple[str, str]
    logins: dict[str, str]
    max_packet: int
    counts: str
    certificate: str = ""
    private_key: str = ""
    client_authority: str = ""
    needs_certificate: bool = False


@dataclass(slots=True)
class _Silent:
    """A connection that has not logged in."""

    address: str
    task: asyncio.Task[None]


class Gate:
    """Accepts clients, and holds the limits."""

    def __init__(self, config: GateConfig) -> None:
        self.config = config
        self._logins = dict(config.logins)
        self._context = tls_context(config)
        self._silent: OrderedDict[int, _Silent] = OrderedDict()
        self._per_address: Counter[str] = Counter()
        self._users: dict[str, list[ClientConnection]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._max_clients = max_clients()
        self.counts: Counter[str] = Counter()

    def set_logins(self, logins: dict[str, str]) -> None:
        """Use other logins, and end the connections whose login is no longer valid."""
        self._logins = dict(logins)
        for user, clients in list(self._users.items()):
            for client in list(clients):
                if client.password_hash != self._logins.get(user):
                    client.end("revoked")

    async def accept(self, listener: socket.socket) -> None:
        """Accept connections until cancelled."""
        loop = asyncio.get_running_loop()
        for number in count():
            try:
                sock, (address, *_) = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(0.05)  # no descriptor is free
                continue
            self._make_room(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = loop.create_task(self._admit(sock))
            self._silent[number] = _Silent(address, task)
            self._per_address[address] += 1
            task.add_done_callback(partial(self._on_admitted, number))

    def read_counts(self) -> dict[str, int]:
        """Return what was refused since the start, and how many connections there are now."""
        connected = sum(map(len, self._users.values()))
        return {**self.counts, "connected": connected, "silent": len(self._silent)}

    def _make_room(self, address: str) -> None:
        """Close the oldest silent connection, of this address if that has too many."""
        if self._per_address[address] >= MAX_SILENT_PER_ADDRESS:
            number = next(n for n, silent in self._silent.items() if silent.address == address)
        elif len(self._silent) >= MAX_SILENT:
            number = next(iter(self._silent))
        else:
            return
        self.counts["silent_closed"] += 1
        self._silent[number].task.cancel()
        self._forget(number)

    def _on_admitted(self, number: int, _: asyncio.Task[None]) -> None:
        self._forget(number)

    def _forget(self, number: int) -> None:
        """Take a connection from the silent ones, if it is still among them."""
        silent = self._silent.pop(number, None)
        if silent is None:
            return
        self._per_address[silent.address] -= 1
        if not self._per_address[silent.address]:
            del self._per_address[silent.address]

    async def _admit(self, sock: socket.socket) -> None:
        """Wait for the handshake and the login of one connection."""
        client = ClientConnection(
            log_in=self._log_in,
            open_broker=self._open_broker,
            broker_login=self.config.broker_login,
            max_packet=self.config.max_packet,
            on_end=self._on_end,
        )
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT_S):
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: client, sock, ssl=self._context
                )
                await client.is_settled.wait()
        except TimeoutError:
            self.counts["login_timeout"] += 1
        except OSError:  # also a failed TLS handshake
            self.counts["handshake_failed"] += 1
        finally:
            if not client.user:
                client.end("")
                if client.transport is None:
                    sock.close()

    def _log_in(self, client: ClientConnection, connect: Connect) -> str:
        """Check a login; return what to count if it is refused, else an empty text."""
        if not is_login_valid(connect, self._logins):
            return "login_refused"
        if self._context is not None and not self._is_certificate_own(client, connect.user):
            return "certificate_of_another"
        clients = self._users.setdefault(connect.user, [])
        if connect.user != CENTRE and len(clients) >= MAX_PER_USER:
            clients[0].end("too_many_connections")
        elif sum(map(len, self._users.values())) >= self._max_clients:
            return "gate_full"
        client.password_hash = self._logins[connect.user]
        self._users.setdefault(connect.user, []).append(client)
        return ""

    def _is_certificate_own(self, client: ClientConnection, user: str) -> bool:
        """Return whether the client's certificate, if it has one, names the user."""
        transport = client.transport
        certificate = transport.get_extra_info("peercert") if transport else None
        if not certificate:
            return user == CENTRE or not self.config.needs_certificate
        return ("URI", f"{NODE_URI}{user}") in certificate.get("subjectAltName", ())

    def _open_broker(self, client: ClientConnection) -> None:
        task = asyncio.get_running_loop().create_task(self._connect_broker(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect_broker(self, client: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT_S):
                transport, _ = await loop.create_connection(
                    lambda: BrokerSide(client), "127.0.0.1", self.config.broker_port
                )
        except (OSError, TimeoutError):
            client.end("broker_unreachable")
            return
        client.start(transport)

    def _on_end(self, client: ClientConnection, reason: str) -> None:
        if reason:
            self.counts[reason] += 1
        clients = self._users.get(client.user, [])
        if client in clients:
            clients.remove(client)
        if not clients:
            self._users.pop(client.user, None)


def tls_context(config: GateConfig) -> ssl.SSLContext | None:
    """Return the TLS settings; ``None`` without a certificate."""
    if not config.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(config.certificate, config.private_key)
    if config.client_authority:
        context.load_verify_locations(config.client_authority)
        context.verify_mode = ssl.CERT_OPTIONAL  # the centre has none
    return context


def max_clients() -> int:
    """Raise the limit of file descriptors; return how many clients it allows, two for each."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, MAX_DESCRIPTORS) if hard != resource.RLIM_INFINITY else MAX_DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max((wanted - MAX_SILENT - DESCRIPTORS_KEPT) // 2, 1)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


async def run() -> None:
    """Run the gate until standard input closes."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_CONFIG_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    first: dict[str, Any] = json.loads(await reader.readline())
    config = GateConfig(**{**first, "broker_login": tuple(first["broker_login"])})
    gate = Gate(config)
    with listen(config.host, config.port) as listener:
        tasks = [
            loop.create_task(gate.accept(listener)),
            loop.create_task(_write_counts(gate, Path(config.counts))),
        ]
        while line := await reader.readline():
            gate.set_logins(json.loads(line)["logins"])
        for task in tasks:
            task.cancel()


async def _write_counts(gate: Gate, file: Path) -> None:
    """Write the counts to a file; its time shows that the gate is alive, also on a full disk."""
    while True:
        part = file.with_suffix(".part")
        try:
            part.write_text(json.dumps(gate.read_counts()))
            part.replace(file)
        except OSError:
            with suppress(OSError):
                os.utime(file)
        await asyncio.sleep(COUNTS_EVERY_S)


def main() -> None:
    """Run the gate with the faster event loop that uvicorn installs."""
    uvloop.run(run())
