"""Originals: sealed for a custodian, kept for a while, opened on record, never uploaded."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from edge.config.plan import read_plan
from edge.errors import SealError, SettingsError
from edge.evidence.sealing import Seal, new_pair, opened
from edge.evidence.store import ORIGINALS
from edge.evidence.unsealing import RECORD, SUFFIX, Asked, unseal
from edge.health.counters import Counters
from edge.wiring import edge_box
from gridwatch.commands.edge import app
from tests.edge.evidence.test_evidence_writer import a_frame, people
from tests.edge.nodes import GOOD, a_clip, a_folder, written
from tests.edge.test_box import SCRIPTED, settings, the_outside

PUBLIC, PRIVATE = new_pair()
OTHER = new_pair()[1]
ASKED = Asked(who="Li Wei", why="court order 7", at=datetime(2026, 3, 1, 12, tzinfo=UTC))
FOUND = people((0.5, 0.25, 0.1, 0.5))


def a_sealed(folder: Path, counters: Counters | None = None, max_bytes: int = 1 << 40) -> Path:
    """Keep a picture with its original; give the original's place."""
    evidence = a_folder(folder, counters, seal=Seal(PUBLIC), max_bytes=max_bytes)
    kept, _ = evidence.keep(evidence.draw(a_frame(), FOUND))
    return folder / ORIGINALS / f"{kept.sha256}{SUFFIX}"


def shown(jpeg: bytes) -> NDArray[np.float32]:
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels.astype(np.float32)


def test_an_original_shows_what_the_picture_hides(tmp_path: Path) -> None:
    file = a_sealed(tmp_path)

    original = shown(unseal(file, PRIVATE, ASKED))
    redacted = shown((tmp_path / file.stem).read_bytes())

    head, body = np.s_[125:180, 325:380], np.s_[250:400]
    assert np.abs(original[body] - redacted[body]).mean() < 1
    assert np.abs(original[head] - redacted[head]).mean() > 30


def test_without_a_custodian_none_is_kept(tmp_path: Path) -> None:
    evidence = a_folder(tmp_path)

    evidence.keep(evidence.draw(a_frame(), FOUND))

    assert not (tmp_path / ORIGINALS).exists()


def test_each_opening_and_each_refusal_is_on_record(tmp_path: Path) -> None:
    file = a_sealed(tmp_path)
    with pytest.raises(SealError, match="sealed for another key"):
        unseal(file, OTHER, ASKED)
    unseal(file, PRIVATE, ASKED)

    record = (file.parent / RECORD).read_text("utf-8")
    refused, done = [json.loads(line) for line in record.splitlines()]

    assert (refused["outcome"], done["outcome"]) == ("refused", "opened")
    assert (done["who"], done["why"], done["file"]) == ("Li Wei", "court order 7", file.name)
    assert done["at"] == "2026-03-01T12:00:00+00:00"
    assert PRIVATE not in record


def test_what_cannot_be_put_on_record_is_not_opened(tmp_path: Path) -> None:
    file = a_sealed(tmp_path)
    (file.parent / RECORD).mkdir()

    with pytest.raises(SealError, match="nothing was opened"):
        unseal(file, PRIVATE, ASKED)


def test_a_changed_original_does_not_open() -> None:
    sealed = bytearray(Seal(PUBLIC).close(b"a picture"))
    assert opened(bytes(sealed), PRIVATE) == b"a picture"
    sealed[-1] ^= 1

    with pytest.raises(SealError, match="or was changed"):
        opened(bytes(sealed), PRIVATE)


def test_a_box_does_not_start_with_the_custodian_s_own_key(tmp_path: Path) -> None:
    for key, wrong in ((PRIVATE, "must begin with public-"), (PUBLIC[:-1], "must have 64")):
        file = written(tmp_path, GOOD.replace("clip = false", f'clip = false\nseal_to = "{key}"'))

        with pytest.raises(SettingsError, match=wrong) as told:
            read_plan(file)

        assert key not in str(told.value)


def test_originals_go_first_and_after_their_time(tmp_path: Path) -> None:
    counters = Counters()
    file = a_sealed(tmp_path, counters)
    picture = file.stem
    size = file.stat().st_size + (tmp_path / picture).stat().st_size
    short = a_folder(tmp_path, counters, max_bytes=size + 100, seal=Seal(PUBLIC))

    assert short.files.has_room("snapshot", 200)
    assert not file.exists()
    assert (tmp_path / picture).exists()
    assert counters.total("originals_shed") == 1

    file = a_sealed(tmp_path, counters)
    written_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    short.files.begin(())
    short.files.tidy(written_at + timedelta(hours=71), steady=0)
    assert file.exists()
    short.files.tidy(written_at + timedelta(hours=73), steady=7200)
    assert not file.exists()
    assert counters.total("originals_expired") == 1


def test_on_a_full_disk_the_picture_is_kept_and_its_original_is_not(tmp_path: Path) -> None:
    counters = Counters()
    size = len(a_folder(tmp_path / "other").draw(a_frame(), FOUND).jpeg)

    file = a_sealed(tmp_path, counters, max_bytes=size + 100)

    assert (tmp_path / file.stem).exists()
    assert not file.exists()
    assert counters.total("originals_shed") == 1


def test_a_box_keeps_originals_of_picture_and_clip_and_uploads_neither(tmp_path: Path) -> None:
    film = a_clip(tmp_path / "film.avi", frames=400)
    with the_outside(tmp_path) as (broker, centre, shelf):
        told = f'clip = true\npost_roll = 3\nseal_to = "{PUBLIC}"'
        file = settings(tmp_path / "box", film, broker.port, shelf.port, clip=told)
        with edge_box(read_plan(file), SCRIPTED) as box:
            box.run(threading.Event(), deliver_within=timedelta(seconds=30))

    originals = {f.stem: f for f in (tmp_path / "box" / "data" / ORIGINALS).iterdir()}
    named = [evidence.sha256 for evidence in centre.received[-1].data.evidence]
    assert set(originals) == set(shelf.taken) == set(named)
    sealed = {f.read_bytes() for f in originals.values()}
    assert not sealed & set(shelf.taken.values())
    film_of = tmp_path / "original.mkv"
    film_of.write_bytes(unseal(originals[named[1]], PRIVATE, ASKED))
    with av.open(str(film_of)) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4", "as the camera sent it"
        assert sum(1 for _ in container.decode(video=0)) >= 80


def test_the_commands_make_a_pair_and_open_with_it(tmp_path: Path) -> None:
    run = CliRunner()
    public, private = [
        line.split()[-1] for line in run.invoke(app, ["new-seal"]).stdout.splitlines()
    ]
    file = tmp_path / f"{'ab' * 32}{SUFFIX}"
    file.write_bytes(Seal(public).close(b"a picture"))
    key, out = tmp_path / "key", tmp_path / "out.jpg"
    key.write_text(private + os.linesep)
    asked = ["unseal", str(file), "--key", str(key), "--who", "Li", "--out", str(out)]

    assert run.invoke(app, asked).exit_code == 2, "no reason, no picture"
    assert not (tmp_path / RECORD).exists()
    assert run.invoke(app, [*asked, "--why", "order 7"]).exit_code == 0
    assert out.read_bytes() == b"a picture"
    assert json.loads((tmp_path / RECORD).read_text())["who"] == "Li"
