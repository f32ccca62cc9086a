"""Run the machine's own package clients, so that its mirrors and proxies are used."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from models.errors import SourceError

CLIENT_TIMEOUT_S = 600
"""A client that downloads for longer is assumed to hang."""


def run_client(source: str, command: Sequence[str], *, folder: Path) -> str:
    """Run a package client in ``folder``.

    Returns:
        Its standard output.

    Raises:
        SourceError: The client is missing, fails or hangs; with its own error message.
    """
    try:
        done = subprocess.run(  # noqa: PLW1510 - the return code is checked below
            command, cwd=folder, capture_output=True, text=True, timeout=CLIENT_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        reason = f"{command[0]} did not finish within {CLIENT_TIMEOUT_S} s"
        raise SourceError(source, reason) from None
    except OSError as error:
        raise SourceError(source, f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        raise SourceError(source, f"{Path(command[0]).name} says: {_error_line(done.stderr)}")
    return done.stdout


def _error_line(stderr: str) -> str:
    """Return the first line marked as an error, or else the last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    marked = [line for line in lines if line.lower().startswith(("e:", "error", "npm error"))]
    return (marked or lines[-1:] or ["nothing"])[0]
