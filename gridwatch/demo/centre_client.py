"""The demo's centre: filled with the town before it starts, asked over HTTP afterwards."""

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
    """Import the town and enrol its box, all in one transaction.

    Returns:
        The box's key.
    """
    key = secrets.token_bytes(32)
    settings = CentralSettings.load(data=data)
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        for file in files:
            await import_file(connection, file, now=now)
        await enroll_node(connection, Node.parse(NODE), key, now=now)
    return key.hex()


def free_port() -> int:
    """Find a port of this machine that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


EXTRA_OUTCOMES = frozenset({"late", "exercise"})
"""Counted beside what became of a message, not instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreFigures:
    """What the centre says of a run."""

    received: int
    stored: int
    duplicates: int
    quarantined: int
    incidents: int
    orders: int
    pushed: int
    undispatched: int
    """Incidents that nobody has been called for, though they need nobody's word."""
    p50_ms: float | None
    p99_ms: float | None


class CentreClient:
    """A running centre, as its operator and its administrator see it."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)

    def wait_until_ready(self, part: ChildProcess) -> None:
        """Wait until it takes alerts.

        Raises:
            DemoError: It has ended, or is not ready in time.
        """
        until = monotonic() + READY_TIMEOUT_S
        while not self._is_well():
            part.check()
            if monotonic() > until:
                raise DemoError(f"the centre is not ready; its last words:\n{part.log_tail()}")
            part.pause(POLL_EVERY_S)
        answer = self._http.post("/v1/login", json={"name": "OP-01", "password": PASSWORD})
        answer.raise_for_status()

    def figures(self) -> CentreFigures:
        """Ask what has come in and what became of it."""
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
            pushed=totals["pushed"],
            undispatched=stats["states"].get("filed", 0),
            p50_ms=latency["p50_ms"],
            p99_ms=latency["p99_ms"],
        )

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _is_well(self) -> bool:
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
