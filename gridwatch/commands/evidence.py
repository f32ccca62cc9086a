"""``gridwatch evidence``: verify what a centre has exported, without the centre."""

from pathlib import Path
from typing import Annotated

import typer

from api.evidence.export.archive import verify_archive
from gridwatch.commands.output import print_json

app = typer.Typer(no_args_is_help=True, help="Verify exported evidence.")


@app.callback()
def _group() -> None:
    """Keep ``verify`` a command of its own although it is the only one."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="ZIP file of an export.")],
    *,
    key: Annotated[
        str, typer.Option(help="Public key of the centre (`gridwatch central export-key`).")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check that no file of an export was changed, added or removed, and who signed it."""
    verified = verify_archive(file, known_key=key)
    manifest = verified.manifest
    if json:
        print_json({**manifest, "known_key": verified.is_known_key})
        return
    print(
        f"{file}: unchanged. Incident {manifest['incident']}, exported by "
        f"{manifest['exported_by']} at {manifest['exported_at']} for {manifest['purpose']}, "
        f"{len(manifest['files'])} files"
    )
    if not verified.is_known_key:
        print(
            f"Signed with {manifest['public_key']}. Ask the centre for its key, and repeat with "
            "--key: anybody could have made an archive with a key of their own."
        )
