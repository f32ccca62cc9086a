"""Run ``gridwatch`` with a clock that a test moves, and with passwords that are cheap to hash.

Nothing else differs from the product: ``python -m tests.end_to_end.incidents.shifted_clock`` takes
the arguments of ``gridwatch``; several commands are separated by ``+``. The file named by
``GRIDWATCH_TEST_CLOCK`` holds by how many seconds the clock is ahead.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api import wiring
from api.accounts import passwords
from gridwatch.cli import main

CLOCK_VARIABLE = "GRIDWATCH_TEST_CLOCK"
SEPARATOR = "+"
TRUE_NOW = wiring.now


def shifted_now() -> datetime:
    """Return the current time of the test."""
    ahead_s = float(Path(os.environ[CLOCK_VARIABLE]).read_text())
    return TRUE_NOW() + timedelta(seconds=ahead_s)


def run_commands(arguments: list[str]) -> None:
    """Run one command after the other; the first that fails ends the program."""
    while SEPARATOR in arguments:
        end = arguments.index(SEPARATOR)
        try:
            main(arguments[:end])
        except SystemExit as done:
            if done.code:
                raise
        arguments = arguments[end + 1 :]
    main(arguments)


if __name__ == "__main__":
    wiring.now = shifted_now
    passwords._HASHER = PasswordHash(  # noqa: SLF001  # a real hash, only cheaper
        [Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)]
    )
    run_commands(sys.argv[1:])
