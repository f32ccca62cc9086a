"""The demo's child processes: started with a log each, watched, stopped, counted."""

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
"""Every process of a run carries this variable, also those that leave their parent."""

LOG_TAIL_LINES = 12


class ChildProcess:
    """One program of the demo, ``gridwatch …`` in a process of its own.

    It does not hear the Ctrl-C of the terminal: the demo stops its parts in their order.
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
        """Its number."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has printed."""
        return self._out.read_text("utf-8", errors="replace")

    def check(self) -> None:
        """See that it still runs.

        Raises:
            DemoError: It has ended; the message holds its last words.
        """
        code = self._process.poll()
        if code is not None:
            raise DemoError(f"{self.name} ended with {code}; its last words:\n{self.log_tail()}")

    def pause(self, seconds: float) -> None:
        """Wait a moment, or until it ends."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def wait(self, timeout_s: float) -> None:
        """Wait for it to end by itself.

        Raises:
            DemoError: It did not end in time, or failed.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{self.name} has not ended after {timeout_s:.0f} s") from None
        if code:
            raise DemoError(f"{self.name} ended with {code}; its last words:\n{self.log_tail()}")

    def stop(self, timeout_s: float = 15) -> None:
        """Ask it to end, and make it end if it does not listen."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log_tail(self) -> str:
        """The end of its log."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:]) or f"  (see {self.log})"


def find_leftover_processes(run: str, *, variable: str = RUN_VARIABLE) -> list[int]:
    """Find the processes of a run that still live, by the mark in their environment."""
    mark = f"{variable}={run}".encode()
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if _has(pid, mark)]


def _has(pid: int, mark: bytes) -> bool:
    """Tell whether a process carries the mark; one that has just gone does not."""
    try:
        return pid != os.getpid() and mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
