"""Run the machine's own package clients, so that its mirrors and proxies count."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from models.errors import SourceError

CLIENT_TIMEOUT_S = 600
"""After this a client that downloads is taken to hang."""


def run_client(source: str, command: Sequence[str], *, folder: Path) -> str:
    """Run ``command`` in ``folder``.

    Returns:
        What it printed to standard output.

    Raises:
        SourceError: It is missing, failed, or hangs; with its own last word.
    """
    try:
        done = subprocess.run(  # noqa: PLW1510 - the return code is looked at below
            command, cwd=folder, capture_output=True, text=True, timeout=CLIENT_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise SourceError(source, f"{command[0]} did not end within {CLIENT_TIMEOUT_S} s") from None
    except OSError as error:
        raise SourceError(source, f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        raise SourceError(source, f"{Path(command[0]).name} says: {_last_word(done.stderr)}")
    return done.stdout


def _last_word(stderr: str) -> str:
    """Pick the line that says why: the first marked as an error, or else the last."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    marked = [line for line in lines if line.lower().startswith(("e:", "error", "npm error"))]
    return (marked or lines[-1:] or ["nothing"])[0]
