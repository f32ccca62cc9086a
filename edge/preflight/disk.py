"""Check the data folder: is it writable, how much space is free, how long does a commit take."""

import os
import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from edge.config.loader import ResolvedConfig
from edge.preflight.checks import Check, CheckStatus, Finding

PART = "disk"
MEGABYTE = 1_000_000
MEASURED_COMMITS = 8
MAX_COMMIT_MS = 100
"""With slower commits a burst of alerts waits for the disk, because each is one commit."""


def disk_check(config: ResolvedConfig) -> Check:
    """Write to the data folder, or to the folder in which it would be created."""
    return Check(
        part=PART,
        what=str(config.data_folder),
        run=lambda: [_check_disk(config)],
        remedy="check the health of the disk, or set `data` to a folder on another disk",
    )


def _check_disk(config: ResolvedConfig) -> Finding:
    folder, keep_free = config.data_folder, config.settings.keep_free_mb
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        commit_ms = median(_commit_ms(existing) for _ in range(MEASURED_COMMITS))
    except OSError as error:
        remedy = "make it writable for the user that runs the node, or set another `data`"
        return _finding(folder, f"{existing} cannot be written: {error.strerror}", remedy)
    free = shutil.disk_usage(existing).free // MEGABYTE
    note = f"{free:,} MB free, a commit takes {commit_ms:.1f} ms"
    needed = config.settings.outbox_max_mb + config.settings.evidence.max_mb
    if free <= keep_free:
        remedy = f"free space: below {keep_free:,} MB (`keep_free_mb`) snapshots are discarded"
        return _finding(folder, note, remedy)
    if free - keep_free < needed:
        remedy = f"free space: without the centre, alerts and evidence may take {needed:,} MB"
        return _finding(folder, note, remedy, CheckStatus.DOUBTFUL)
    if commit_ms > MAX_COMMIT_MS:
        return _finding(
            folder, note, "the disk is slow or worn; use another one", CheckStatus.DOUBTFUL
        )
    return _finding(folder, note, "", CheckStatus.GOOD)


def _commit_ms(folder: Path) -> float:
    """Measure a commit of the size of an alert."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".preflight-") as file:
        started_at = perf_counter()
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
        return (perf_counter() - started_at) * 1000


def _finding(
    folder: Path, note: str, remedy: str, status: CheckStatus = CheckStatus.BAD
) -> Finding:
    return Finding(part=PART, what=str(folder), note=note, status=status, remedy=remedy)
