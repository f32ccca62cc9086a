"""A real centre in its own process, with the data of the demo town and one edge node."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import asyncpg
import cv2
import httpx
import msgspec
import numpy as np
from sqlalchemy.engine import make_url

from api import wiring
from api.embedded.postgres import EmbeddedPostgres
from api.fleet.store import enroll_node
from api.imports.importer import import_file
from api.incidents.correlation.storm_brake import WINDOW
from api.settings import CentralSettings
from edge.outbox.signed_messages import signed_report
from gridwatch.demo.town import (
    MICRO_GRID_DEG,
    NODE,
    PASSWORD,
    SOUTH,
    STREET,
    WEST,
    write_town,
)
from pipeline.alert import make_alert_id
from pipeline.geometry.shapes import Box as Outline
from pipeline.signal import ExplainStep, Level
from pipeline.text import Text
from pipeline.wire import (
    AlertData,
    AlertMessage,
    Clock,
    Evidence,
    Location,
    Node,
    SnapshotContent,
    SnapshotObject,
    SnapshotZone,
    sign,
)
from tests.api.nodes import NodeClient, connected_node
from tests.brokers import free_port
from tests.console.push_service import PushService, run_push_service

NODE_NAME = Node.parse(NODE)
NODE_KEY = bytes(range(32))
Popen = subprocess.Popen[bytes]
READY_TIMEOUT_S = 120.0
PUSH_SCORE, REVIEW_SCORE = 0.9, 0.4
"""Raw scores: one is dispatched at once, the other is reviewed by an operator first."""


@dataclass(frozen=True, slots=True)
class MicroGrid:
    """A micro-grid of the demo town; the numbers are 1 to 16."""

    number: int

    @property
    def worker(self) -> str:
        """The worker on duty."""
        return f"W-{self.number:02}"

    @property
    def area_code(self) -> str:
        """The code of its area."""
        return f"{STREET}{''.join(f'{index + 1:03}' for index in self._indexes)}"

    @property
    def location(self) -> Location:
        """The centre of the micro-grid."""
        community, grid, micro = self._indexes
        lon = WEST + (2 * community + micro % 2 + 0.5) * MICRO_GRID_DEG
        lat = SOUTH + (2 * grid + micro // 2 + 0.5) * MICRO_GRID_DEG
        return Location(lon=lon, lat=lat)

    @property
    def _indexes(self) -> tuple[int, int, int]:
        """Community, grid and micro-grid, each from 0."""
        community, rest = divmod(self.number - 1, 8)
        return community, *divmod(rest, 4)


APART_DEG = 0.0008
"""Cameras are about 80 m apart: nearer ones that see a crowd at one time see the same crowd."""


def camera_location(grid: MicroGrid, number: int) -> Location:
    """Return where a camera of a micro-grid stands; ``number`` counts those of the micro-grid."""
    row, column = divmod(number % 25, 5)
    centre = grid.location
    return Location(
        lon=centre.lon + (column - 2) * APART_DEG, lat=centre.lat + (row - 2) * APART_DEG
    )


@dataclass(slots=True)
class DemoCentre:
    """A running centre that receives the messages of one node."""

    url: str
    node: NodeClient
    database_url: str
    push_service: PushService
    sent: int = 0
    photos: int = 0
    cameras: Counter[MicroGrid] = field(default_factory=Counter)

    def alert(
        self, grid: MicroGrid, *, score: float, level: Level = Level.MAJOR, clip: bytes = b""
    ) -> str:
        """Publish an alert with its evidence; returns its camera, which has no other alert."""
        # Incidents of earlier tests are older, so that no flood of reviews is braked.
        self.execute("UPDATE incident SET created_at = created_at - $1::interval", WINDOW)
        self.sent += 1
        camera = f"square-{self.sent:03}"
        picture = draw_picture(self.sent)
        evidence = {picture: "image/jpeg", **({clip: "video/mp4"} if clip else {})}
        place = camera_location(grid, self.cameras[grid])
        self.cameras[grid] += 1
        message = _message(self.sent, camera, place, score=score, level=level, evidence=evidence)
        self.node.publish(message)
        self.node.next_receipt()
        for content, media_type in evidence.items():
            self.upload(content, media_type)
        return camera

    def take_photo(self) -> bytes:
        """Return a photo that nobody else has taken, also after it was encoded again."""
        self.photos += 1
        picture = np.full((576, 768, 3), 150, np.uint8)
        cv2.putText(picture, f"{self.photos}", (40, 160), cv2.FONT_HERSHEY_SIMPLEX, 5, (0, 0, 0), 9)
        return bytes(cv2.imencode(".jpg", picture)[1])

    def execute(self, statement: str, *values: object) -> None:
        """Execute a statement in the database of the centre."""
        with ThreadPoolExecutor(1) as pool:  # the browser runs a loop in this thread
            pool.submit(asyncio.run, _execute(self.database_url, statement, values)).result()

    def report(self, *topic_parts: str, message: msgspec.Struct) -> None:
        """Publish a signed report of the node."""
        topic, payload = NODE_NAME.topic("up", *topic_parts), msgspec.json.encode(message)
        self.node.send(signed_report(NODE_KEY, topic, payload))

    def upload(self, content: bytes, media_type: str) -> None:
        """Upload a picture or clip as the node does."""
        path = f"/v1/evidence/{sha256(content)}"
        headers = {
            "Content-Type": media_type,
            "X-Gridwatch-Node": NODE,
            "X-Gridwatch-Signature": sign(NODE_KEY, path, content),
        }
        httpx.put(self.url + path, content=content, headers=headers, timeout=60).raise_for_status()


@contextmanager
def run_demo_centre(folder: Path) -> Iterator[DemoCentre]:
    """Run ``gridwatch central run`` with the data of the demo town."""
    asyncio.run(_import_town(folder))
    http_port, broker_port = free_port(), free_port()
    url = f"http://127.0.0.1:{http_port}"
    with ExitStack() as stack:
        push_service = stack.enter_context(run_push_service())
        program = stack.enter_context(
            _run_centre(folder, http_port, broker_port, push_service=push_service.url)
        )
        _wait_until_ready(url, program, folder / "log")
        node = stack.enter_context(connected_node(broker_port, NODE_NAME, NODE_KEY))
        server = EmbeddedPostgres(folder / "data" / "postgres")
        yield DemoCentre(url, node, server.url, push_service)


async def _execute(database_url: str, statement: str, values: Sequence[object]) -> None:
    socket_folder = str(make_url(database_url).query["host"])
    connection = await asyncpg.connect(host=socket_folder, user="postgres", database="postgres")
    await connection.execute(statement, *values)
    await connection.close()


async def _import_town(folder: Path) -> None:
    settings = CentralSettings.load(data=folder / "data")
    now = wiring.now()
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        for file in write_town(folder / "town", now=now):
            await import_file(connection, file, now=now)
        await enroll_node(connection, NODE_NAME, NODE_KEY, now=now)


@contextmanager
def _run_centre(
    folder: Path, http_port: int, broker_port: int, *, push_service: str
) -> Iterator[Popen]:
    ports = ["--port", str(http_port), "--broker-port", str(broker_port)]
    command = [sys.executable, "-m", "gridwatch", "central", "run", "--data", str(folder / "data")]
    env = {**os.environ, "GRIDWATCH_PUSH_SERVICES": push_service, "GRIDWATCH_FIRST_LOOK": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, *ports], stderr=log, env=env)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, program: Popen, log: Path) -> None:
    deadline = monotonic() + READY_TIMEOUT_S
    while program.poll() is None and monotonic() < deadline:
        try:
            if httpx.get(f"{url}/v1/health").is_success:
                return
        except httpx.TransportError:
            pass
        sleep(0.1)  # another process: it can only be polled
    tail = log.read_text("utf-8", errors="replace")[-2000:]
    raise AssertionError(f"no centre at {url}; end of its log:\n{tail}")


def _message(
    number: int,
    camera: str,
    place: Location,
    *,
    score: float,
    level: Level,
    evidence: dict[bytes, str],
) -> AlertMessage:
    at = wiring.now() - timedelta(seconds=2)
    return AlertMessage(
        id=f"{make_alert_id(camera, at)}:1",
        source=f"/{NODE_NAME}",
        type="gridwatch.alert.opened",
        subject=f"crowd_gathering/{camera}",
        time=at,
        bootid="boot-1",
        seq=number,
        data=AlertData(
            alert_id=make_alert_id(camera, at),
            rev=1,
            scenario="crowd_gathering",
            scenario_rev=1,
            camera=camera,
            zone="steps",
            subject=None,
            level=level,
            score=score,
            opened_at=at,
            observed_at=at,
            closed_at=None,
            close_reason=None,
            measures={"people": 9.0, "radius_m": 2.0},
            message=Text(zh="9 人聚集，相邻不超过 2 米", en="9 people, neighbours within 2 m"),
            explain=(
                ExplainStep(name="detect", value_in=14, value_out=11, reason="person"),
                ExplainStep(name="zone", value_in=11, value_out=9, reason="steps"),
                ExplainStep(name="rule", value_in=9, value_out=9, reason="people=9 radius_m=2"),
                ExplainStep(name="hold", value_in=30, value_out=0.82, reason="30 s, ≥ 0.6"),
            ),
            boxes=tuple(Outline(0.3 + i / 20, 0.45, 0.03, 0.16) for i in range(9)),
            location=place,
            model=None,
            clock=Clock(offset_ms=0, uncertainty_ms=20, basis="system"),
            evidence=tuple(
                _evidence(content, media_type) for content, media_type in evidence.items()
            ),
            drill=False,
            snapshot=_snapshot_content(at),
        ),
    )


def _snapshot_content(at: datetime) -> SnapshotContent:
    """Nine people were counted, one of whom is out of sight; a tenth stands outside the zone."""
    people = tuple(
        SnapshotObject(
            box=Outline(0.3 + i / 20, 0.45, 0.03, 0.16),
            role="counted" if i < 9 else "other",
            label="person",
            is_visible=i != 8,
        )
        for i in range(10)
    )
    return SnapshotContent(
        taken_at=at,
        message=Text(zh="9 人聚集，相邻不超过 2 米", en="9 people, neighbours within 2 m"),
        measures={"people": 9.0, "radius_m": 2.0},
        explain=(ExplainStep(name="rule", value_in=9, value_out=9, reason="people=9 radius_m=2"),),
        zones=(SnapshotZone(name="steps", points=((0.25, 0.4), (0.75, 0.4), (0.75, 0.9))),),
        objects=people,
    )


def _evidence(content: bytes, media_type: str) -> Evidence:
    return Evidence(
        sha256=sha256(content),
        kind="snapshot" if media_type == "image/jpeg" else "clip",
        media_type=media_type,
        bytes=len(content),
        redacted=True,
        status="pending",
    )


def draw_picture(number: int, *, width: int = 768, height: int = 576) -> bytes:
    """Draw a square with a group of nine people; each number gives a different picture."""
    rows = np.linspace(90, 150, height, dtype=np.uint8)
    picture = np.repeat(np.repeat(rows[:, None], width, axis=1)[:, :, None], 3, axis=2).copy()
    picture[: height // 3] = (120 + number % 60, 100 + number // 60 % 60, 90)
    for i in range(9):
        x, y = int((0.315 + i / 20) * width), int(0.53 * height)
        size = (int(0.012 * width), int(0.07 * height))
        cv2.ellipse(picture, (x, y), size, 0, 0, 360, (40 + 20 * i, 60, 70), -1)
    return bytes(cv2.imencode(".jpg", picture)[1])


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


__all__ = [
    "NODE_NAME",
    "PASSWORD",
    "PUSH_SCORE",
    "REVIEW_SCORE",
    "DemoCentre",
    "MicroGrid",
    "draw_picture",
    "run_demo_centre",
]
