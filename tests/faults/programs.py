"""Real programs that are killed with SIGKILL and started again."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class Program:
    """A command that can be killed and started again; its output goes to a file."""

    def __init__(
        self, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._arguments = [sys.executable, *arguments]
        self._environment = {**os.environ, **(environment or {})}
        self._log = log
        self._process = self._start()

    def kill(self) -> None:
        """Send SIGKILL, as a power cut would end it."""
        self._process.kill()
        self._process.wait(10)

    def start_again(self) -> None:
        self._process = self._start()

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(20)

    def wait(self, timeout_s: float) -> int:
        return self._process.wait(timeout_s)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def output(self) -> str:
        """Standard output and standard error of all its runs."""
        return self._log.read_text("utf-8", "replace")

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._arguments,
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )


@contextmanager
def run_program(
    arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    program = Program(arguments, log, environment)
    try:
        yield program
    finally:
        if not program.has_ended:
            program.kill()
