"""An export is watermarked and signed, and every change of it is found without the centre."""

import io
import json
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from api.errors import ExportError
from api.evidence.export.archive import (
    ExportedFile,
    describe_file,
    public_key_text,
    sign_archive,
    verify_archive,
)
from api.evidence.export.watermark import add_watermark
from api.notify.secret_store import get_keys
from tests.api.databases import rows
from tests.api.evidence.test_routes import node_upload
from tests.api.incidents.steps import page_of, reported
from tests.api.town import SNAPSHOT, Centre, sha256

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
Files = dict[str, bytes]


def archive_of(files: Files, key: Ed25519PrivateKey = KEY) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        described: list[ExportedFile] = []
        for name, content in files.items():
            archive.writestr(name, content)
            described.append(describe_file(name, content))
        sign_archive(archive, {"incident": "1", "exported_by": "desk"}, described, key)
    return output.getvalue()


def repacked(archive: bytes, change: Callable[[Files], object]) -> io.BytesIO:
    """Return the archive with changed files."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    change(files)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    output.seek(0)
    return output


def test_an_unchanged_archive_is_verified_with_and_without_the_key() -> None:
    archive = archive_of({"incident.json": b"{}", "evidence/a.jpg": b"picture"})

    verified = verify_archive(io.BytesIO(archive))
    known = verify_archive(io.BytesIO(archive), known_key=public_key_text(KEY.public_key()))

    assert not verified.is_known_key
    assert known.is_known_key
    assert [file["name"] for file in known.manifest["files"]] == ["incident.json", "evidence/a.jpg"]


def _change_manifest(files: Files) -> None:
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps({**manifest, "exported_by": "nobody"}).encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files.update({"a.jpg": b"PICTURE"}), "a.jpg was changed"),
        (lambda files: files.update({"a.jpg": b"longer picture"}), "a.jpg was changed"),
        (lambda files: files.pop("a.jpg"), "lacks a.jpg"),
        (lambda files: files.update({"b.jpg": b"another"}), "b.jpg was added"),
        (lambda files: files.pop("manifest.sig"), "manifest.sig"),
        (lambda files: files.update({"manifest.sig": b"\xff\xfe"}), "manifest.json"),
        (_change_manifest, "manifest.json was changed"),
    ],
    ids=["changed", "longer", "removed", "added", "unsigned", "no signature", "manifest"],
)
def test_every_change_is_found_and_named(change: Callable[[Files], object], message: str) -> None:
    archive = archive_of({"a.jpg": b"picture"})

    with pytest.raises(ExportError, match=message):
        verify_archive(repacked(archive, change))


def test_an_archive_that_somebody_else_signed_is_refused() -> None:
    archive = archive_of({"a.jpg": b"picture"}, Ed25519PrivateKey.generate())

    with pytest.raises(ExportError, match="another key"):
        verify_archive(io.BytesIO(archive), known_key=public_key_text(KEY.public_key()))


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(40)])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(ExportError):
        verify_archive(io.BytesIO(content))


def picture(media_type: str = "jpeg") -> bytes:
    output = io.BytesIO()
    image = Image.fromarray(np.full((240, 400, 3), 120, np.uint8))
    exif = Image.Exif()
    exif[0x010F] = "maker of the phone"
    image.save(output, media_type, exif=exif)
    return output.getvalue()


@pytest.mark.parametrize("media_type", ["jpeg", "png", "webp"])
def test_a_watermark_changes_the_picture_everywhere_and_keeps_no_device(media_type: str) -> None:
    marked = add_watermark(picture(media_type), f"image/{media_type}", "desk 2026-11-23 12:00")

    image = Image.open(io.BytesIO(marked))
    changed = np.abs(np.asarray(image.convert("RGB"), int) - 120).max(axis=2) > 8
    assert image.size == (400, 240)
    assert all(changed[:, part].any() for part in (slice(33, 133), slice(133, 200)))
    assert changed[-10:].mean() > 0.9, "a bar at the lower edge"
    assert b"maker of the phone" not in marked


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="is no image/jpeg"):
        add_watermark(b"\xff\xd8\xff no picture", "image/jpeg", "desk")


async def test_a_supervisor_exports_an_incident_and_the_export_is_recorded(
    centre: Centre,
) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    incident, _ = await reported(centre)
    desk, chief = await page_of(centre, "desk"), await page_of(centre, "chief")
    path = f"/v1/evidence/exports/{incident}"

    redacted = await desk.post(path, json={"purpose": "investigation"})
    whole = {"purpose": "investigation", "with_unredacted": True}
    refused, complete = await desk.post(path, json=whole), await chief.post(path, json=whole)
    stranger = await page_of(centre, "desk-elsewhere")

    assert redacted.status_code == complete.status_code == 200, redacted.text
    assert redacted.headers["content-type"] == "application/zip"
    async with centre.engine.begin() as connection:
        key = public_key_text((await get_keys(connection)).export_key().public_key())
    shown = verify_archive(io.BytesIO(redacted.content), known_key=key).manifest
    assert (shown["exported_by"], shown["purpose"]) == ("desk", "investigation")
    assert [file["original_sha256"] for file in shown["files"]] == ["", sha256(SNAPSHOT)]
    assert len(shown["left_out"]) == 1, "the worker's photo"
    assert len(verify_archive(io.BytesIO(complete.content)).manifest["files"]) == 3
    assert refused.status_code == 403
    assert (await stranger.post(path, json={"purpose": "audit"})).status_code == 404
    query = "SELECT actor, reason FROM audit_log WHERE action = 'export' ORDER BY seq"
    assert await rows(centre.engine, query) == [
        ("desk", "investigation"),
        ("chief", "investigation"),
    ]
