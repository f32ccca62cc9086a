"""``gridwatch edge``: run or check an edge node."""

import json
import secrets
import signal
import ssl
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge.config.loader import load_config
from edge.enrolment.credentials import CredentialFiles
from edge.enrolment.enroll import enroll as enroll_node
from edge.errors import MessagesRejectedError
from edge.preflight.checks import CheckStatus, Finding
from edge.preflight.preflight import describe_config, run_preflight
from edge.wiring import load_detector, now, open_node
from gridwatch.commands import seal
from gridwatch.errors import UsageError
from gridwatch.logs import configure_logging
from pipeline.errors import WireError
from pipeline.wire.enrolment import EnrolmentCode

app = typer.Typer(no_args_is_help=True)
app.command()(seal.new_seal)
app.command()(seal.unseal)

File = Annotated[Path, typer.Argument(help="The node's edge.toml.", metavar="EDGE_TOML")]
STATUS_MARKUP = {
    CheckStatus.GOOD: "[green]good[/]",
    CheckStatus.DOUBTFUL: "[yellow]doubtful[/]",
    CheckStatus.BAD: "[red]bad[/]",
    CheckStatus.UNTRIED: "",
}
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output.")]


@app.command()
def run(
    file: File,
    *,
    as_json: Json = False,
    until_done: Annotated[
        bool, typer.Option(help="Exit when all recordings are played and delivered.")
    ] = False,
    deadline: Annotated[
        float, typer.Option(help="Seconds to wait for the centre's receipts, with --until-done.")
    ] = 120.0,
) -> None:
    """Run the node of EDGE_TOML until Ctrl-C or SIGTERM."""
    configure_logging()
    config = load_config(file)
    if until_done and not any(camera.is_finite for camera in config.cameras):
        raise UsageError(f"{file}: no camera comes to an end; leave out --until-done")
    detector = load_detector(config)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_node(config, detector, stop=stop) as node:
        within = timedelta(seconds=deadline) if until_done else None
        counts = node.run(deliver_within=within)
        summary = {"model": detector.model.name, **asdict(counts)}
        camera_error = node.camera_error()
    print(json.dumps(summary) if as_json else _describe(summary))
    if camera_error is not None:
        raise camera_error
    if until_done and counts.rejected:
        raise MessagesRejectedError(counts.rejected)


@app.command()
def check(
    file: File,
    *,
    as_json: Json = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Check only the file; connect to nothing.")
    ] = False,
    deadline: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for cameras, broker and centre.")
    ] = 20.0,
) -> None:
    """Check everything that EDGE_TOML needs, without running; exit with 1 if a check fails."""
    config = load_config(file)
    findings = (
        describe_config(config) if offline else run_preflight(config, now=now, deadline=deadline)
    )
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings]))
    else:
        _print_findings(findings)
    if any(finding.status is CheckStatus.BAD for finding in findings):
        raise typer.Exit(1)


@app.command()
def enroll(
    centre: Annotated[str, typer.Argument(help="Address of the centre.", metavar="CENTRE_URL")],
    code: Annotated[str, typer.Argument(help="The one-time code.", metavar="CODE")],
    *,
    data: Annotated[
        Path, typer.Option(help="The node's data folder, as in edge.toml.", metavar="DIR")
    ] = Path("var/edge"),
    ca: Annotated[
        Path | None, typer.Option(help="Certificate authority of an https centre.", metavar="FILE")
    ] = None,
) -> None:
    """Enroll this node: make its key here, and agree with the centre on all it needs."""
    if not centre.startswith(("http://", "https://")):
        raise UsageError(f"{centre}: write the address of the centre, as http://10.0.0.1:8080")
    try:
        verify = ssl.create_default_context(cafile=ca) if ca else True
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"--ca {ca}: {error}") from None
    files = CredentialFiles.of_data_folder(data)
    try:
        credentials = enroll_node(centre, EnrolmentCode.parse(code), verify=verify)
        files.write(credentials)
    except WireError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or data}: {error.strerror}; choose --data") from None
    print(f"this node is {credentials.node}; its credentials are in {files.folder}")
    print("edge.toml needs neither key nor [broker] nor [centre] now, only its cameras")


@app.command()
def new_key() -> None:
    """Print a new key for a node. Normally `gridwatch central enroll` prints the key."""
    print(secrets.token_hex(32))


def _print_findings(findings: Sequence[Finding]) -> None:
    """Print a row for each finding, its remedy below it."""
    table = Table("", "part", "what", "found", box=None)
    for finding in findings:
        lines = (finding.note, f"→ {finding.remedy}" if finding.remedy else "")
        words = (finding.part, finding.what, "\n".join(filter(None, lines)))
        table.add_row(STATUS_MARKUP[finding.status], *map(escape, words))
    Console().print(table)


def _describe(summary: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in summary.items())
