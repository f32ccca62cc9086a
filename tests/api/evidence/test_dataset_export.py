"""Reviewed incidents become a data set, read from a real database."""

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import msgspec
import numpy as np
import pytest
from sqlalchemy import text

from api.accuracy.store import Verdict, VerdictStage, VerdictValue, add_verdict
from api.evidence.blobs import EvidenceStore
from api.evidence.store import EvidenceRecord, insert_evidence
from api.ingest.batch import Ingest
from gridwatch.dataset.export import DatasetFormat, ExportResult, export_dataset
from gridwatch.errors import UsageError
from models.evaluation.annotations import read_yolo
from pipeline.geometry.shapes import Box
from pipeline.text import Text
from pipeline.wire import Evidence, SnapshotContent, SnapshotObject
from tests.api.alerts import ALERT_NODE, NOON, alert_message, signed_message
from tests.api.town import Centre, sha256

CONTENT = SnapshotContent(
    taken_at=NOON,
    message=Text(zh="一人", en="one person"),
    measures={},
    objects=(
        SnapshotObject(box=Box(0.1, 0.2, 0.1, 0.4), role="counted", label="person"),
        SnapshotObject(box=Box(0.5, 0.5, 0.2, 0.2), role="other", label="dog"),
    ),
)


def jpeg(number: int) -> bytes:
    done, encoded = cv2.imencode(".jpg", np.full((100, 200, 3), number * 40, np.uint8))
    assert done
    return encoded.tobytes()


async def report(
    centre: Centre, store: EvidenceStore, number: int, *, value: str, reason: str = ""
) -> None:
    """Let a camera of its own report something, upload its snapshot, and judge it."""
    body = jpeg(number)
    message = alert_message(f"a{number}", camera=f"camera-{number}", scenario="intrusion")
    picture = Evidence(
        sha256=sha256(body),
        kind="snapshot",
        media_type="image/jpeg",
        bytes=len(body),
        redacted=True,
        status="pending",
    )
    data = msgspec.structs.replace(message.data, evidence=(picture,), snapshot=CONTENT)
    signed = signed_message(msgspec.structs.replace(message, data=data))
    await Ingest(centre.engine).store_batch([signed], now=NOON)
    await store.put(sha256(body), body)
    record = EvidenceRecord(sha256(body), "image/jpeg", len(body), node=str(ALERT_NODE))
    async with centre.engine.begin() as connection:
        query = text("SELECT incident FROM alert WHERE alert_id = :id")
        incident = (await connection.execute(query, {"id": data.alert_id})).scalar_one()
        await insert_evidence(connection, record, now=NOON)
        verdict = Verdict(
            value=VerdictValue(value), stage=VerdictStage.REVIEW, actor=1, reason=reason
        )
        await add_verdict(connection, incident, verdict, at=NOON)


async def export(
    centre: Centre, store: EvidenceStore, folder: Path, format_: DatasetFormat
) -> ExportResult:
    day = timedelta(days=1)
    return await export_dataset(
        centre.engine,
        store,
        folder,
        format_,
        since=NOON - day,
        until=NOON + day,
        time_zone=ZoneInfo("Asia/Shanghai"),
    )


def read_names(file: str) -> list[str]:
    names: list[str] = json.loads(Path(file).read_text("utf-8"))["names"]
    return names


async def test_reviewed_snapshots_become_a_data_set(centre: Centre, tmp_path: Path) -> None:
    store = EvidenceStore.in_folder(tmp_path / "evidence")
    with pytest.raises(UsageError, match="0 incidents have a verdict"):
        await export(centre, store, tmp_path / "nothing", DatasetFormat.YOLO)
    await report(centre, store, 1, value="true")
    await report(centre, store, 2, value="false", reason="nothing_there")
    await report(centre, store, 3, value="unsure", reason="cannot_tell")

    yolo = await export(centre, store, tmp_path / "yolo", DatasetFormat.YOLO)
    coco = await export(centre, store, tmp_path / "coco", DatasetFormat.COCO)

    assert (yolo.reviewed, sum(yolo.pictures.values()), yolo.gone) == (3, 2, 0)
    assert yolo.boxes == coco.boxes == {"dog": 2, "person": 1}
    assert sorted(yolo.pictures.values()) == [1, 1]
    names = read_names(yolo.file)
    assert names == ["dog", "person"]
    (true_file,) = (tmp_path / "yolo").glob(f"labels/*/{sha256(jpeg(1))}.txt")
    truth = read_yolo(true_file, names)
    assert truth.labels == ("person", "dog")
    np.testing.assert_allclose(truth.boxes[0], [0.1, 0.2, 0.1, 0.4], atol=1e-5)
    annotations = [json.loads(f.read_text()) for f in (tmp_path / "coco" / "annotations").iterdir()]
    boxes = [each["bbox"] for part in annotations for each in part["annotations"]]
    assert [20, 20, 20, 40] in boxes
    provenance = (tmp_path / "yolo" / "pictures.jsonl").read_text().splitlines()
    assert len(provenance) == 2
    with pytest.raises(UsageError, match="is not empty"):
        await export(centre, store, tmp_path / "yolo", DatasetFormat.YOLO)
