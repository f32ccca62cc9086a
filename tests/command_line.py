"""Run commands in this process: starting a new Python takes a second.

``tests/gridwatch/test_usage_errors.py`` shows that real processes do the same.
"""

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO

from gridwatch.cli import main


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The output and exit code of a command."""

    returncode: int
    stdout: str
    stderr: str


def gridwatch(*words: str) -> CommandResult:
    """Run ``gridwatch`` with these words."""
    out, err = StringIO(), StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code
    return CommandResult(int(str(code or 0)), out.getvalue(), err.getvalue())
