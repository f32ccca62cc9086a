"""Start, watch and stop the child processes of the demo, each with a log file."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from gridwatch.errors import DemoError

RUN_VARIABLE = "GRIDWATCH_DEMO_RUN"
"""Set in the environment of every process of a run, also of those that outlive their parent."""

LOG_TAIL_LINES = 12


class ChildProcess:
    """One ``gridwatch`` command in a child process.

    It does not receive the terminal's Ctrl-C: the demo stops its processes in order.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        log: Path,
        run: str,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._out = log.with_suffix(".out")
        with log.open("wb") as errors, self._out.open("wb") as out:
            self._process = self._start(
                arguments, {**os.environ, RUN_VARIABLE: run, **(variables or {})}, out, errors
            )

    @staticmethod
    def _start(
        arguments: Sequence[str], environment: Mapping[str, str], out: IO[bytes], errors: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "gridwatch", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def output(self) -> str:
        """Its standard output."""
        return self._out.read_text("utf-8", errors="replace")

    def check(self) -> None:
        """Check that the process is running.

        Raises:
            DemoError: It has ended; the message quotes the end of its log.
        """
        code = self._process.poll()
        if code is not None:
            raise DemoError(f"{self.name} ended with {code}; end of its log:\n{self.log_tail()}")

    def pause(self, seconds: float) -> None:
        """Wait for some seconds, or until the process ends."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def wait(self, timeout_s: float) -> None:
        """Wait until the process ends by itself.

        Raises:
            DemoError: It did not end in time, or failed.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{self.name} did not exit within {timeout_s:.0f} s") from None
        if code:
            raise DemoError(f"{self.name} ended with {code}; end of its log:\n{self.log_tail()}")

    def stop(self, timeout_s: float = 15) -> None:
        """Send SIGTERM, and kill the process if it does not end in time."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log_tail(self) -> str:
        """Return the last lines of its log."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:]) or f"  (see {self.log})"


def find_leftover_processes(run: str, *, variable: str = RUN_VARIABLE) -> list[int]:
    """Return the ids of the processes of a run that are still alive."""
    entry = f"{variable}={run}".encode()
    pids = (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())
    return [pid for pid in pids if _has_variable(pid, entry)]


def _has_variable(pid: int, entry: bytes) -> bool:
    """Return whether a running process has this entry in its environment."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return pid != os.getpid() and entry in environment
    except OSError:
        return False
