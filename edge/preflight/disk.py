"""The data folder: can it be written, is there room, and how long does a commit take."""

import os
import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from edge.config.plan import Plan
from edge.preflight.checks import Check, CheckStatus, Finding

PART = "disk"
MEGABYTE = 1_000_000
WRITES = 8
SLOW_MS = 100
"""Longer than this, and a burst of alerts waits for the disk: each is committed by itself."""


def disk_check(plan: Plan) -> Check:
    """Write into the data folder, or where it would be made."""
    return Check(
        part=PART,
        what=str(plan.data_folder),
        run=lambda: [_disk(plan)],
        mend="check the disk's health; set `data` to a folder on another one",
    )


def _disk(plan: Plan) -> Finding:
    folder, keep_free = plan.data_folder, plan.settings.keep_free_mb
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        took = median(_fsync_ms(there) for _ in range(WRITES))
    except OSError as error:
        mend = "make it writable for the user who runs the box, or set another `data`"
        return _finding(folder, f"{there} cannot be written: {error.strerror}", mend)
    free = shutil.disk_usage(there).free // MEGABYTE
    note = f"{free:,} MB free, a commit takes {took:.1f} ms"
    wanted = plan.settings.outbox_max_mb + plan.settings.evidence.max_mb
    if free <= keep_free:
        mend = f"make room: from {keep_free:,} MB (`keep_free_mb`) down, pictures are shed"
        return _finding(folder, note, mend)
    if free - keep_free < wanted:
        mend = f"alerts and pictures may take {wanted:,} MB while the centre is away: make room"
        return _finding(folder, note, mend, CheckStatus.DOUBTFUL)
    if took > SLOW_MS:
        return _finding(folder, note, "is slow or worn; use another disk", CheckStatus.DOUBTFUL)
    return _finding(folder, note, "", CheckStatus.GOOD)


def _fsync_ms(folder: Path) -> float:
    """Time a commit as small as an alert's."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".preflight-") as file:
        began = perf_counter()
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
        return (perf_counter() - began) * 1000


def _finding(folder: Path, note: str, mend: str, verdict: CheckStatus = CheckStatus.BAD) -> Finding:
    return Finding(part=PART, what=str(folder), note=note, verdict=verdict, mend=mend)
