"""``gridwatch edge new-seal`` and ``unseal``: originals that only a custodian can open."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from edge.evidence.sealing import generate_key_pair
from edge.evidence.unsealing import RECORD_FILE, UnsealRequest
from edge.evidence.unsealing import unseal as open_original
from edge.wiring import now
from gridwatch.errors import UsageError


def new_seal() -> None:
    """Print a key pair for sealed originals. Run it on a computer of the custodian, not a node."""
    public, private = generate_key_pair()
    print(f"seal_to, in [evidence] of edge.toml: {public}")
    print(f"for the custodian, never on a node:  {private}")


def unseal(
    file: Annotated[Path, typer.Argument(help="A file in `originals` of the data folder.")],
    *,
    key: Annotated[Path, typer.Option(help="File with the private key; - for standard input.")],
    who: Annotated[str, typer.Option(help="Name of the person who opens it.")],
    why: Annotated[str, typer.Option(help="The court order or other reason.")],
    out: Annotated[Path, typer.Option(help="File to write the original to; must not exist.")],
) -> None:
    """Open a sealed original; the opening is recorded beside it with name, time and reason."""
    if not (who.strip() and why.strip()):
        raise UsageError("--who and --why must not be empty: the opening is recorded with both")
    if out.exists():
        raise UsageError(f"{out} already exists; name another file for --out")
    original = open_original(file, _read_key(key), UnsealRequest(who=who, why=why, at=now()))
    try:
        with out.open("xb") as written:
            written.write(original)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}; name another file for --out") from None
    print(f"{out}: {len(original)} bytes; the opening is recorded in {file.parent / RECORD_FILE}")


def _read_key(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"{file} cannot be read; --key needs a file with the private key"
        ) from None
