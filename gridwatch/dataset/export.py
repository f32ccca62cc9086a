"""Run ``gridwatch accuracy export``: READ FIRST."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.verdicts.reviewed_store import list_reviewed
from api.evidence.blobs import EvidenceStore
from api.evidence.snapshot_store import list_snapshots
from gridwatch.dataset.labelled_pictures import (
    LabelledPicture,
    LeftOut,
    Part,
    label_pictures,
)
from gridwatch.dataset.writers import CocoWriter, DatasetWriter, YoloWriter
from gridwatch.errors import UsageError

INCIDENTS_PER_QUERY = 5000
PROVENANCE_FILE = "pictures.jsonl"
"""Which incidents each picture is the evidence of, so that it can be found and deleted."""


class DatasetFormat(StrEnum):
    """Formats of a data set."""

    YOLO = "yolo"
    COCO = "coco"


WRITERS: dict[DatasetFormat, Callable[[Path, Sequence[str]], DatasetWriter]] = {
    DatasetFormat.YOLO: YoloWriter,
    DatasetFormat.COCO: CocoWriter,
}


class ExportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was written.

    Args:
        file: What a training starts from.
        reviewed: Incidents with a verdict in force.
        pictures: By part.
        background: Pictures without a box, by part.
        boxes: By label.
        left_out: Snapshots that are not in the data set, by reason.
        gone: Pictures whose bytes are no longer stored.
    """

    file: str
    reviewed: int
    pictures: dict[str, int]
    background: dict[str, int]
    boxes: dict[str, int]
    left_out: dict[str, int]
    gone: int


async def export_dataset(
    engine: AsyncEngine,
    evidence: EvidenceStore,
    folder: Path,
    format_: DatasetFormat,
    *,
    since: datetime,
    until: datetime,
    time_zone: tzinfo,
    scenario: str | None = None,
) -> ExportResult:
    """Write the snapshots of reviewed incidents with their boxes into an empty folder.

    Args:
        until: End of the time in which the incidents were opened, exclusive.
        time_zone: In which a day of a camera begins.
        scenario: Only incidents of this scenario.

    Raises:
        UsageError: The folder is not empty, or no snapshot can be used.
    """
    _make_empty_folder(folder)
    async with engine.connect() as connection:
        reviewed = await list_reviewed(connection, since=since, until=until, scenario=scenario)
        snapshots = [
            snapshot
            for start in range(0, len(reviewed), INCIDENTS_PER_QUERY)
            for snapshot in await list_snapshots(
                connection, [each.incident for each in reviewed[start:][:INCIDENTS_PER_QUERY]]
            )
        ]
    labelled = label_pictures(reviewed, snapshots, time_zone)
    writer = WRITERS[format_](folder, labelled.labels)
    written = [picture for picture in labelled.pictures if await _write(writer, picture, evidence)]
    if not written:
        raise UsageError(_why_empty(len(reviewed), len(snapshots), labelled.left_out))
    _write_provenance(folder, written)
    return ExportResult(
        file=str(writer.finish()),
        reviewed=len(reviewed),
        pictures=_count_by_part(written),
        background=_count_by_part([each for each in written if not each.boxes]),
        boxes={
            label: sum(each.label == label for picture in written for each in picture.boxes)
            for label in labelled.labels
        },
        left_out={reason.value: count for reason, count in labelled.left_out.items()},
        gone=len(labelled.pictures) - len(written),
    )


def _make_empty_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name a new folder")


async def _write(writer: DatasetWriter, picture: LabelledPicture, evidence: EvidenceStore) -> bool:
    try:
        content = await evidence.get(picture.sha256)
    except FileNotFoundError:
        return False
    writer.add(picture, content)
    return True


def _write_provenance(folder: Path, pictures: Sequence[LabelledPicture]) -> None:
    lines = [
        json.dumps(
            {"sha256": each.sha256, "part": each.part, "incidents": list(map(str, each.incidents))}
        )
        for each in pictures
    ]
    (folder / PROVENANCE_FILE).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _count_by_part(pictures: Sequence[LabelledPicture]) -> dict[str, int]:
    return {part.value: sum(each.part is part for each in pictures) for part in Part}


def _why_empty(reviewed: int, snapshots: int, left_out: Mapping[LeftOut, int]) -> str:
    reasons = "".join(f"; {count} left out: {reason}" for reason, count in left_out.items())
    return (
        f"no picture to export: {reviewed} incidents have a verdict in this time, "
        f"with {snapshots} stored snapshots{reasons}"
    )
