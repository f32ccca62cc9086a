"""``gridwatch edge new-seal`` and ``unseal``: originals that a custodian alone can open."""

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
    """Print a pair of keys for sealed originals; make it where the custodian is, not on a box."""
    public, private = generate_key_pair()
    print(f"seal_to, in [evidence] of edge.toml: {public}")
    print(f"the custodian's, never on a box:     {private}")


def unseal(
    file: Annotated[Path, typer.Argument(help="A file of the data folder's `originals`.")],
    *,
    key: Annotated[Path, typer.Option(help="A file with the private key; - is standard input.")],
    who: Annotated[str, typer.Option(help="Who opens it.")],
    why: Annotated[str, typer.Option(help="By which order, or for what reason.")],
    out: Annotated[Path, typer.Option(help="Where the original goes; no file of that name yet.")],
) -> None:
    """Open a sealed original; who, when and why are put on record beside it."""
    if not (who.strip() and why.strip()):
        raise UsageError("say who opens it and why: --who and --why are put on record")
    if out.exists():
        raise UsageError(f"{out} is there already; name another file for --out")
    original = open_original(file, _key(key), UnsealRequest(who=who, why=why, at=now()))
    try:
        with out.open("xb") as written:
            written.write(original)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}; name another file for --out") from None
    print(f"{out}: {len(original)} bytes; the opening is on record in {file.parent / RECORD_FILE}")


def _key(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} cannot be read; give a file with the private key") from None
