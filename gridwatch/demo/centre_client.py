"""Fill the demo's centre with the town before it starts, and read its figures over HTTP."""

import secrets
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from api import wiring
from api.fleet.store import enroll_node
from api.imports.importer import import_file
from api.settings import CentralSettings
from gridwatch.demo.processes import ChildProcess
from gridwatch.demo.town import NODE, PASSWORD
from gridwatch.errors import DemoError
from pipeline.wire import Node

READY_TIMEOUT_S = 60.0
POLL_EVERY_S = 0.1


async def import_town(data: Path, files: list[Path], *, now: datetime) -> str:
    """Import the town and enroll its node, in one transaction.

    Returns:
        The key of the node, in hexadecimal.
    """
    key = secrets.token_bytes(32)
    settings = CentralSettings.load(data=data)
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        for file in files:
            await import_file(connection, file, now=now)
        await enroll_node(connection, Node.parse(NODE), key, now=now)
    return key.hex()


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


EXTRA_OUTCOMES = frozenset({"late", "exercise"})
"""Outcomes that the centre counts in addition to the main outcome of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreFigures:
    """The centre's figures of a run.

    Args:
        pushed: Incidents that a person was notified of without a review; at most 500 count.
        undispatched: Incidents that still wait for their first notification.
        p50_ms: Median time from the deciding frame to the push.
        p99_ms: The 99th percentile of it.
    """

    received: int
    stored: int
    duplicates: int
    quarantined: int
    incidents: int
    orders: int
    pushed: int
    undispatched: int
    p50_ms: float | None
    p99_ms: float | None


class CentreClient:
    """HTTP client of a running centre."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)

    def wait_until_ready(self, process: ChildProcess) -> None:
        """Wait until the centre accepts alerts, then log in.

        Raises:
            DemoError: Its process ended, or it is not ready in time.
        """
        deadline = monotonic() + READY_TIMEOUT_S
        while not self._is_healthy():
            process.check()
            if monotonic() > deadline:
                raise DemoError(f"the centre is not ready; end of its log:\n{process.log_tail()}")
            process.pause(POLL_EVERY_S)
        response = self._http.post("/v1/login", json={"name": "OP-01", "password": PASSWORD})
        response.raise_for_status()

    def figures(self) -> CentreFigures:
        """Read the counts of messages, incidents, work orders and pushes."""
        stats: dict[str, Any] = self._http.get("/v1/stats").raise_for_status().json()
        totals, latency = stats["totals"], stats["latency"]["decided_to_pushed"]
        outcomes = self._outcomes()
        return CentreFigures(
            received=sum(n for outcome, n in outcomes.items() if outcome not in EXTRA_OUTCOMES),
            stored=totals["messages"],
            duplicates=outcomes.get("duplicate", 0),
            quarantined=totals["quarantined"],
            incidents=totals["incidents"],
            orders=totals["orders"],
            pushed=latency["n"],
            undispatched=stats["states"].get("filed", 0),
            p50_ms=latency["p50_ms"],
            p99_ms=latency["p99_ms"],
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _is_healthy(self) -> bool:
        try:
            return self._http.get("/v1/health").is_success
        except httpx.TransportError:
            return False

    def _outcomes(self) -> dict[str, int]:
        text = self._http.get("/metrics").raise_for_status().text
        return {
            sample.labels["outcome"]: int(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "gridwatch_ingest_messages_total"
        }
