"""Run ``pg_dump`` and ``pg_restore`` of the embedded PostgreSQL, on it or on an external server."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL, make_url

from api.embedded.postgres import program_path
from api.errors import BackupError

COMPRESSION = "gzip:1"


@contextmanager
def dump(url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """Yield the dump of a database, in the custom format of ``pg_dump``.

    Raises:
        BackupError: ``pg_dump`` fails; known only at the end.
    """
    command: list[str | Path] = [
        *(program_path("pg_dump"), "--format=custom", f"--compress={COMPRESSION}"),
        *("--no-owner", "--no-privileges", f"--snapshot={snapshot}"),
    ]
    with subprocess.Popen(
        command, env=_environment(url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise BackupError("pg_dump has no output")
        yield process.stdout
        errors = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupError(f"pg_dump failed: {errors.strip()[-500:]}")


def restore(url: str, file: Path, *, jobs: int) -> None:
    """Restore a dump into an empty database.

    Raises:
        BackupError: ``pg_restore`` fails; the database may hold a part then.
    """
    command: list[str | Path] = [
        *(program_path("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error"),
        *(f"--jobs={jobs}", f"--dbname={make_url(url).database or 'postgres'}", file),
    ]
    result = subprocess.run(
        command, env=_environment(url), check=False, capture_output=True, text=True
    )
    if result.returncode:
        raise BackupError(f"pg_restore failed: {result.stderr.strip()[-500:]}")


def _environment(url: str) -> dict[str, str]:
    """Pass the address in variables, so that no list of processes shows the password."""
    address: URL = make_url(url)
    host = address.query.get("host", address.host)
    values = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(address.port) if address.port else None,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    return {**os.environ, **{name: value for name, value in values.items() if value}}
