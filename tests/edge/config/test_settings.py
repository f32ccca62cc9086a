"""edge.toml: a valid file is read; each mistake is reported with its key and the fix."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from edge.config.loader import load_config
from edge.errors import SettingsError
from edge.sources.camera_address import CameraAddress, Transport
from tests.edge.config.settings_mistakes import BEFORE, FOUR, MISTAKES
from tests.edge.nodes import EDGE_TOML, KEY, write_edge_toml


def error_text(file: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_config(file)
    return str(caught.value)


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_reported_with_file_key_and_fix(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in EDGE_TOML
    file = write_edge_toml(tmp_path, EDGE_TOML.replace(old, new, 1))

    text = error_text(file)

    assert text.startswith(f"{file} cannot be used:")
    assert message in text
    assert len(text.splitlines()) == 2, "one mistake, one line"
    assert KEY.hex() not in text


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    wrong = EDGE_TOML.replace("port = 1883", "port = 0").replace("people = 5", "people = 0")
    wrong = wrong.replace('"deimv2-femto"', '"best"').replace("clip.avi", "lost.avi")

    assert len(error_text(write_edge_toml(tmp_path, wrong)).splitlines()) == 5


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "lost.toml") in error_text(tmp_path / "lost.toml")


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = write_edge_toml(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    assert load_config(file).cameras


def test_a_zone_may_be_called_frame(tmp_path: Path) -> None:
    text = EDGE_TOML.replace('"steps"', '"frame"')
    [zone] = load_config(write_edge_toml(tmp_path, text)).cameras[0].scenarios[0].zones

    assert zone.name == "frame"


def test_paths_in_the_file_are_relative_to_its_folder(tmp_path: Path) -> None:
    config = load_config(write_edge_toml(tmp_path))

    [camera] = config.cameras
    assert config.data_folder == tmp_path / "data"
    assert camera.source == tmp_path / "clip.avi"
    assert [zone.name for zone in camera.scenarios[0].zones] == ["steps"]
    assert KEY.hex() not in repr(config)


def test_a_scenario_without_zones_watches_the_whole_frame(tmp_path: Path) -> None:
    config = load_config(write_edge_toml(tmp_path, EDGE_TOML.replace('zones = ["steps"]\n', "")))

    assert [zone.name for zone in config.cameras[0].scenarios[0].zones] == ["frame"]


def test_ground_marks_are_read_with_their_metres(tmp_path: Path) -> None:
    marked = EDGE_TOML.replace(BEFORE, FOUR + BEFORE, 1)

    [camera] = load_config(write_edge_toml(tmp_path, marked)).cameras

    assert [mark.metres for mark in camera.ground_marks] == [(0, 0), (6, 0), (6, 12), (0, 12)]


def test_a_scenario_that_needs_a_zone_accepts_any_zone(tmp_path: Path) -> None:
    climbing = EDGE_TOML.replace('"crowd_gathering"', '"climbing"').replace("people = 5\n", "")

    assert len(load_config(write_edge_toml(tmp_path, climbing)).cameras[0].scenarios) == 1


def test_reading_the_file_does_not_connect_to_a_live_camera(tmp_path: Path) -> None:
    recording = 'source = "file:clip.avi"\nstart_at = 2026-03-01T08:00:00Z\npace = "fast"'
    live = 'source = "rtsp://admin:s3cret@10.0.0.9/main"\ntransport = "udp"\nstall_after = 9'
    assert recording in EDGE_TOML

    config = load_config(write_edge_toml(tmp_path, EDGE_TOML.replace(recording, live)))

    [camera] = config.cameras
    assert camera.source == CameraAddress(
        url="rtsp://admin:s3cret@10.0.0.9/main",
        transport=Transport.UDP,
        stall_after=timedelta(seconds=9),
    )
    assert "s3cret" not in repr(config)


def test_a_schedule_without_a_time_zone_uses_that_of_the_node(tmp_path: Path) -> None:
    schedule = 'hold = 20\nschedule = { days = ["fri"], hours = ["22:00-06:00"]'
    in_berlin = EDGE_TOML.replace("[drill]", '[drill]\ntimezone = "Europe/Berlin"')
    own = EDGE_TOML.replace("hold = 20", schedule + ', timezone = "America/Lima" }')

    [default] = load_config(
        write_edge_toml(tmp_path, in_berlin.replace("hold = 20", schedule + " }"))
    ).cameras
    [named] = load_config(write_edge_toml(tmp_path, own)).cameras

    assert str(default.scenarios[0].schedule) == "fri 22:00-06:00 (Europe/Berlin)"
    assert str(named.scenarios[0].schedule) == "fri 22:00-06:00 (America/Lima)"


def test_holidays_may_be_toml_dates_or_strings(tmp_path: Path) -> None:
    schedule = 'schedule = { holidays = [2026-10-01, "2026-10-02"], on_holidays = "always" }'

    [camera] = load_config(
        write_edge_toml(tmp_path, EDGE_TOML.replace("hold = 20", schedule))
    ).cameras

    [scenario] = camera.scenarios
    assert scenario.schedule.holidays == {date(2026, 10, 1), date(2026, 10, 2)}


def test_the_key_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "box.key").write_text(KEY.hex() + "\n")
    text = EDGE_TOML.replace(f'key = "{KEY.hex()}"', 'key_file = "box.key"')

    assert load_config(write_edge_toml(tmp_path, text)).key.get_secret_value() == KEY.hex()


def test_variables_of_the_environment_override_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDWATCH_EDGE__BROKER__HOST", "broker.example")

    broker = load_config(write_edge_toml(tmp_path)).settings.broker

    assert (broker.host, broker.port) == ("broker.example", 1883)
