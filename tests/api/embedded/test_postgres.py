import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from api.database.engine import create_engine
from api.embedded.postgres import EmbeddedPostgres
from api.errors import DataFolderError
from tests.waiting import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a server of another user can reach, unlike the folders of pytest."""
    with tempfile.TemporaryDirectory(prefix="gridwatch-test-") as path:
        yield Path(path)


async def query_value(server: EmbeddedPostgres, query: str) -> object:
    engine = create_engine(server.url)
    async with engine.begin() as connection:
        result = await connection.execute(text(query))
        value = result.scalar() if result.returns_rows else None
    await engine.dispose()
    return value


def pid_of(server: EmbeddedPostgres) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text().split("\n")[0])


@pytest.mark.slow
async def test_data_survives_a_killed_server(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        await query_value(server, "CREATE TABLE kept AS SELECT 42 AS n")
        killed = psutil.Process(pid_of(server))
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)

    with EmbeddedPostgres(folder) as server:
        assert await query_value(server, "SELECT n FROM kept") == 42


async def test_the_last_user_stops_the_server(folder: Path) -> None:
    with EmbeddedPostgres(folder) as first:
        pid = pid_of(first)
        with EmbeddedPostgres(folder) as second:
            assert pid_of(second) == pid
        assert await query_value(first, "SELECT 1") == 1
    assert not psutil.pid_exists(pid)


@pytest.mark.slow
def test_the_server_stops_after_its_last_user_was_killed(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from api.embedded.postgres import EmbeddedPostgres\n"
        f"EmbeddedPostgres(Path({str(folder)!r})).start(); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as user:
        assert user.stdout is not None
        user.stdout.readline()
        server = psutil.Process(
            int((folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        )
        user.kill()

    wait_until(lambda: not server.is_running())
    with EmbeddedPostgres(folder) as again:
        assert pid_of(again) != server.pid


def test_a_folder_with_other_files_is_not_touched(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "novel.txt").write_text("It was a dark and stormy night.")

    with pytest.raises(DataFolderError, match="neither empty nor"):
        EmbeddedPostgres(folder).start()


def test_a_data_folder_of_another_version_is_refused(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(DataFolderError, match="PostgreSQL 16"):
        EmbeddedPostgres(folder).start()


def test_a_folder_that_cannot_be_created_is_named(folder: Path) -> None:
    (folder / "file").touch()

    with pytest.raises(DataFolderError, match="cannot be written") as caught:
        EmbeddedPostgres(folder / "file" / "data").start()
    assert "--data" in str(caught.value)


def test_a_broken_data_folder_fails_with_the_log_of_the_server(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    (folder / "data" / "global" / "pg_control").write_bytes(b"broken")

    with pytest.raises(Exception, match="could not start PostgreSQL"):
        EmbeddedPostgres(folder).start()
