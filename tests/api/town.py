"""A town of two micro-grids with its accounts and roster, and a centre that serves it."""

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.dispatch.clock_engine import ClockEngine
from api.evidence.blobs import EvidenceStore
from api.imports.importer import import_file
from api.ingest.batch import Ingest
from api.live.feed import LiveFeed
from api.web.services import Services
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import Evidence, Location, SnapshotContent
from tests.api.alerts import NOON, alert_message, enroll, signed_message

GRID = "510107001002003"
EAST, WEST = f"{GRID}001", f"{GRID}002"
IN_EAST, IN_WEST = Location(lon=104.005, lat=30.605), Location(lon=103.995, lat=30.605)
NOWHERE = Location(lon=10.0, lat=10.0)
PASSWORD = "correct horse"
HASHED = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)]).hash(PASSWORD)
"""The stored form, with a cheap hash, as every test logs in."""
PHOTO = b"\xff\xd8\xff\xe0 a photo"
SNAPSHOT = b"\xff\xd8\xff\xe0 a snapshot"

AREAS = {
    "5101": "City",
    "510107": "District",
    "510107001": "Street",
    "510107001002": "Community",
    GRID: "Grid",
    EAST: "East",
    WEST: "West",
}
ACCOUNTS = f"""name,role,area,password,language
desk,operator,510107,{PASSWORD},en
desk-elsewhere,operator,510108,{PASSWORD},en
chief,supervisor,510107,{PASSWORD},zh-CN
east-1,worker,{EAST},{PASSWORD},zh-CN
east-2,worker,{EAST},{PASSWORD},zh-CN
west-1,worker,{WEST},{PASSWORD},zh-CN
head,worker,{GRID},{PASSWORD},zh-CN
"""
ROSTER = f"""account,area,during_from,during_to
east-1,{EAST},2026-11-23T08:00+00:00,2026-11-23T20:00+00:00
east-2,{EAST},2026-11-23T08:00+00:00,2026-11-23T20:00+00:00
head,{GRID},2026-11-23T08:00+00:00,2026-11-24T08:00+00:00
"""


def square_outline(west: float, south: float, size: float = 0.01) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def grids() -> bytes:
    """Return the areas of the town as GeoJSON; only micro-grids have outlines."""
    outlines = {EAST: square_outline(104.0, 30.6), WEST: square_outline(103.99, 30.6)}
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": outlines[code]}
            if code in outlines
            else None,
        }
        for code, name in {**AREAS, "510108": "Elsewhere"}.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@dataclass(slots=True)
class Clock:
    """A clock that the test advances."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **length: float) -> None:
        self.at += timedelta(**length)


@dataclass(slots=True)
class Centre:
    """The routes, the clock engine and the ingest of a centre; the test runs each step."""

    engine: AsyncEngine
    app: FastAPI
    services: Services
    live: LiveFeed
    clock: Clock
    clock_engine: ClockEngine
    pages: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def anonymous_client(self) -> httpx.AsyncClient:
        """Return an HTTP client that has not logged in."""
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://centre")

    async def client_of(self, name: str) -> httpx.AsyncClient:
        """Return an HTTP client that has logged in as an account."""
        if name not in self.pages:
            self.pages[name] = self.anonymous_client()
            login = {"name": name, "password": PASSWORD}
            answer = await self.pages[name].post("/v1/login", json=login)
            assert answer.status_code == 200, answer.text
        return self.pages[name]

    async def raise_alert(
        self,
        name: str = "a",
        *,
        score: float = 0.9,
        location: Location | None = None,
        camera: str = "north-gate",
        level: Level = Level.MAJOR,
        at: datetime = NOON,
        zone: str = "steps",
        scenario: str = "crowd_gathering",
        rev: int = 1,
        change: Change = Change.OPENED,
        snapshot: SnapshotContent | msgspec.UnsetType = msgspec.UNSET,
    ) -> UUID:
        """Ingest an alert of a node and return its incident."""
        message = alert_message(
            name,
            score=score,
            location=location or location_of(camera),
            camera=camera,
            level=level,
            at=at,
            zone=zone,
            scenario=scenario,
            rev=rev,
            change=change,
        )
        picture = Evidence(
            sha256=sha256(SNAPSHOT),
            kind="snapshot",
            media_type="image/jpeg",
            bytes=len(SNAPSHOT),
            redacted=True,
            status="pending",
        )
        data = msgspec.structs.replace(message.data, evidence=(picture,), snapshot=snapshot)
        complete = msgspec.structs.replace(message, data=data)
        await Ingest(self.engine).store_batch([signed_message(complete)], now=self.clock())
        async with self.engine.connect() as connection:
            query = text("SELECT incident FROM alert WHERE alert_id = :id")
            result = await connection.execute(query, {"id": data.alert_id})
            incident: UUID = result.scalar_one()
        return incident

    async def notified_accounts(self) -> list[str]:
        """List the accounts with a notification in the app that is not cancelled, oldest first."""
        query = text("""
            SELECT c.name FROM notification n JOIN account c ON c.id = n.account
            WHERE n.state <> 'cancelled' AND n.channel = 'app' ORDER BY n.created_at, c.name
        """)
        async with self.engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def close(self) -> None:
        for page in self.pages.values():
            await page.aclose()


async def import_town(engine: AsyncEngine, folder: Path) -> None:
    """Import the areas, accounts and shifts of the town."""
    files = {
        "grids.geojson": grids(),
        "accounts.csv": ACCOUNTS.encode(),
        "roster.csv": ROSTER.encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        async with engine.begin() as connection:
            await import_file(connection, folder / name, now=NOON)
    async with engine.begin() as connection:
        stored = text("UPDATE account SET password_hash = :hashed WHERE password_hash <> ''")
        await connection.execute(stored, {"hashed": HASHED})
    await enroll(engine)


def build_centre(engine: AsyncEngine, clock: Clock, folder: Path) -> Centre:
    """Build a centre on a database that holds the town."""
    live = LiveFeed(engine)
    services = Services(
        engine=engine,
        now=clock,
        count_live_pages=lambda: live.n_subscriptions,
        console=folder / "dist",
    )
    clock_engine = ClockEngine(engine, live.signal, now=clock)
    app = create_app(services, live, EvidenceStore.in_folder(folder / "evidence"))
    return Centre(engine, app, services, live, clock, clock_engine)


def location_of(camera: str) -> Location:
    """Return where a camera of the east stands, at least 100 m from every other one."""
    if camera == "north-gate":
        return IN_EAST
    column, row = divmod(zlib.crc32(camera.encode()) % 81, 9)
    return Location(lon=104.0005 + column * 0.001, lat=30.6005 + row * 0.001)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
