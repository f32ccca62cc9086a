"""The surroundings of a simulation: a temporary PostgreSQL that holds the district."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts import session_store
from api.accounts import store as accounts_store
from api.accounts.authentication import hash_token
from api.accounts.session_store import NewLogin
from api.database.engine import create_engine, migrate
from api.embedded.postgres import EmbeddedPostgres
from api.fleet.store import enroll_node
from api.imports.importer import import_file
from gridwatch.simulation import queries
from gridwatch.simulation.world.district import write_import_files
from gridwatch.simulation.world.model import District
from gridwatch.simulation.world.profile import Profile
from pipeline.wire import Node

QUICK_BUT_UNSAFE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""The database lives only as long as the simulation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a simulated centre runs.

    Args:
        url: Address of its database.
        folder: For evidence.
        tokens: Login token of each account, valid for the whole day.
    """

    url: str
    folder: Path
    tokens: dict[str, str]


@asynccontextmanager
async def open_environment(district: District, profile: Profile) -> AsyncIterator[Environment]:
    """Start a database, import the district, and log everybody in."""
    with TemporaryDirectory(prefix="gridwatch-simulation-") as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "postgres", settings=QUICK_BUT_UNSAFE) as server:
            engine = create_engine(server.url)
            await migrate(engine)
            async with engine.begin() as connection:
                await _import_district(connection, district, folder, profile)
                tokens = await _log_everybody_in(connection, district, profile)
            await engine.dispose()
            yield Environment(url=server.url, folder=folder, tokens=tokens)


def node_key(node: Node) -> bytes:
    """Return the key of a simulated node; it is used only here."""
    return sha256(f"simulated {node}".encode()).digest()


async def _import_district(
    connection: AsyncConnection, district: District, folder: Path, profile: Profile
) -> None:
    for file in write_import_files(district, folder):
        await import_file(connection, file, now=profile.starts_at)
    for first, second in district.overlaps:
        await queries.insert_overlap(connection, first, second)
    for node in district.nodes:
        await enroll_node(connection, node, node_key(node), now=profile.starts_at)


async def _log_everybody_in(
    connection: AsyncConnection, district: District, profile: Profile
) -> dict[str, str]:
    """Insert a login for each account without a password, as hashing hundreds takes a minute."""
    tokens: dict[str, str] = {}
    until = profile.ends_at + timedelta(days=1)
    for person in district.people:
        found = await accounts_store.get_account_by_name(connection, person.name)
        if found is not None:
            token = tokens[person.name] = f"simulated {person.name}"
            login = NewLogin(
                token_hash=hash_token(token), expires_at=until, device="simulation", address=""
            )
            await session_store.insert_login(connection, found[0], login, now=profile.starts_at)
    return tokens
