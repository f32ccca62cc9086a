"""Originals: sealed for a custodian, expired, opened on record, never uploaded."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from edge.config.loader import load_config
from edge.errors import SealError, SettingsError
from edge.evidence.sealing import Sealer, generate_key_pair, open_sealed
from edge.evidence.store import ORIGINALS
from edge.evidence.unsealing import RECORD_FILE, SEALED_SUFFIX, UnsealRequest, unseal
from edge.health.counters import Counters
from edge.wiring import open_node
from gridwatch.commands.edge import app
from tests.edge.evidence.test_evidence_writer import make_frame, people
from tests.edge.nodes import EDGE_TOML, open_evidence_writer, write_clip, write_edge_toml
from tests.edge.test_box import SCRIPTED, broker_and_centre, settings

PUBLIC, PRIVATE = generate_key_pair()
OTHER = generate_key_pair()[1]
ASKED = UnsealRequest(who="Li Wei", why="court order 7", at=datetime(2026, 3, 1, 12, tzinfo=UTC))
FOUND = people((0.5, 0.25, 0.1, 0.5))


def store_sealed_original(
    folder: Path, counters: Counters | None = None, max_bytes: int = 1 << 40
) -> Path:
    """Store a snapshot with its original; return the path of the original."""
    evidence = open_evidence_writer(folder, counters, sealer=Sealer(PUBLIC), max_bytes=max_bytes)
    snapshot, _ = evidence.store_snapshot(evidence.render_snapshot(make_frame(), FOUND))
    return folder / ORIGINALS / f"{snapshot.sha256}{SEALED_SUFFIX}"


def shown(jpeg: bytes) -> NDArray[np.float32]:
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels.astype(np.float32)


def test_an_original_shows_what_the_snapshot_hides(tmp_path: Path) -> None:
    file = store_sealed_original(tmp_path)

    original = shown(unseal(file, PRIVATE, ASKED))
    redacted = shown((tmp_path / file.stem).read_bytes())

    head, body = np.s_[125:180, 325:380], np.s_[250:400]
    assert np.abs(original[body] - redacted[body]).mean() < 1
    assert np.abs(original[head] - redacted[head]).mean() > 30


def test_without_a_custodian_no_original_is_kept(tmp_path: Path) -> None:
    evidence = open_evidence_writer(tmp_path)

    evidence.store_snapshot(evidence.render_snapshot(make_frame(), FOUND))

    assert not (tmp_path / ORIGINALS).exists()


def test_every_opening_and_every_refusal_is_recorded(tmp_path: Path) -> None:
    file = store_sealed_original(tmp_path)
    with pytest.raises(SealError, match="sealed for another key"):
        unseal(file, OTHER, ASKED)
    unseal(file, PRIVATE, ASKED)

    record = (file.parent / RECORD_FILE).read_text("utf-8")
    refused, done = [json.loads(line) for line in record.splitlines()]

    assert (refused["outcome"], done["outcome"]) == ("refused", "opened")
    assert (done["who"], done["why"], done["file"]) == ("Li Wei", "court order 7", file.name)
    assert done["at"] == "2026-03-01T12:00:00+00:00"
    assert PRIVATE not in record


def test_an_original_is_not_opened_if_it_cannot_be_recorded(tmp_path: Path) -> None:
    file = store_sealed_original(tmp_path)
    (file.parent / RECORD_FILE).mkdir()

    with pytest.raises(SealError, match="the original was not opened"):
        unseal(file, PRIVATE, ASKED)


def test_a_modified_original_does_not_open() -> None:
    sealed = bytearray(Sealer(PUBLIC).seal(b"a picture"))
    assert open_sealed(bytes(sealed), PRIVATE) == b"a picture"
    sealed[-1] ^= 1

    with pytest.raises(SealError, match="or it was modified"):
        open_sealed(bytes(sealed), PRIVATE)


def test_a_node_does_not_start_with_the_custodian_s_private_key(tmp_path: Path) -> None:
    for key, wrong in ((PRIVATE, "must start with public-"), (PUBLIC[:-1], "must have 64")):
        file = write_edge_toml(
            tmp_path, EDGE_TOML.replace("clip = false", f'clip = false\nseal_to = "{key}"')
        )

        with pytest.raises(SettingsError, match=wrong) as raised:
            load_config(file)

        assert key not in str(raised.value)


def test_originals_are_deleted_first_and_when_they_expire(tmp_path: Path) -> None:
    counters = Counters()
    file = store_sealed_original(tmp_path, counters)
    picture = file.stem
    size = file.stat().st_size + (tmp_path / picture).stat().st_size
    short = open_evidence_writer(tmp_path, counters, max_bytes=size + 100, sealer=Sealer(PUBLIC))

    assert short.store.make_room("snapshot", 200)
    assert not file.exists()
    assert (tmp_path / picture).exists()
    assert counters.total("originals_shed") == 1

    file = store_sealed_original(tmp_path, counters)
    written_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    short.store.delete_unfinished(())
    short.store.expire(written_at + timedelta(hours=71), monotonic_s=0)
    assert file.exists()
    short.store.expire(written_at + timedelta(hours=73), monotonic_s=7200)
    assert not file.exists()
    assert counters.total("originals_expired") == 1


def test_on_a_full_disk_the_snapshot_is_kept_and_its_original_is_not(tmp_path: Path) -> None:
    counters = Counters()
    size = len(open_evidence_writer(tmp_path / "other").render_snapshot(make_frame(), FOUND).jpeg)

    file = store_sealed_original(tmp_path, counters, max_bytes=size + 100)

    assert (tmp_path / file.stem).exists()
    assert not file.exists()
    assert counters.total("originals_shed") == 1


def test_a_node_keeps_originals_of_snapshot_and_clip_and_uploads_neither(tmp_path: Path) -> None:
    footage = write_clip(tmp_path / "film.avi", frames=400)
    with broker_and_centre(tmp_path) as (broker, centre, server):
        clip_settings = f'clip = true\npost_roll = 3\nseal_to = "{PUBLIC}"'
        file = settings(tmp_path / "node", footage, broker.port, server.port, clip=clip_settings)
        with open_node(load_config(file), SCRIPTED) as node:
            node.run(deliver_within=timedelta(seconds=30))

    originals = {f.stem: f for f in (tmp_path / "node" / "data" / ORIGINALS).iterdir()}
    named = [evidence.sha256 for evidence in centre.received[-1].data.evidence]
    assert set(originals) == set(server.stored) == set(named)
    sealed = {f.read_bytes() for f in originals.values()}
    assert not sealed & set(server.stored.values())
    film_of = tmp_path / "original.mkv"
    film_of.write_bytes(unseal(originals[named[1]], PRIVATE, ASKED))
    with av.open(str(film_of)) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4", "as the camera sent it"
        assert sum(1 for _ in container.decode(video=0)) >= 80


def test_the_commands_generate_a_key_pair_and_open_with_it(tmp_path: Path) -> None:
    run = CliRunner()
    public, private = [
        line.split()[-1] for line in run.invoke(app, ["new-seal"]).stdout.splitlines()
    ]
    file = tmp_path / f"{'ab' * 32}{SEALED_SUFFIX}"
    file.write_bytes(Sealer(public).seal(b"a picture"))
    key, out = tmp_path / "key", tmp_path / "out.jpg"
    key.write_text(private + os.linesep)
    asked = ["unseal", str(file), "--key", str(key), "--who", "Li", "--out", str(out)]

    assert run.invoke(app, asked).exit_code == 2, "a reason is required"
    assert not (tmp_path / RECORD_FILE).exists()
    assert run.invoke(app, [*asked, "--why", "order 7"]).exit_code == 0
    assert out.read_bytes() == b"a picture"
    assert json.loads((tmp_path / RECORD_FILE).read_text())["who"] == "Li"
