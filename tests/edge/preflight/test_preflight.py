"""The preflight checks every part for real; each bad finding has a remedy."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.config.loader import load_config
from edge.preflight.checks import Check, CheckStatus, Finding, run_checks
from edge.preflight.preflight import describe_config, run_preflight
from edge.wiring import now
from models.catalogue.catalogue import SHIPPED_CATALOGUE
from models.catalogue.store import ModelStore
from tests.brokers import free_port, iotcore, mosquitto
from tests.edge.config.settings_mistakes import BEFORE, FOUR
from tests.edge.evidence_server import evidence_server
from tests.edge.nodes import (
    EDGE_TOML,
    LOGINS,
    MODEL,
    NODE,
    installed_model,
    with_installed_model,
    write_edge_toml,
)
from tests.edge.rtsp_cameras import rtsp_camera, write_footage
from tests.requirements import require

pytestmark = pytest.mark.slow

LIVE = """
[[camera]]
name = "south-gate"
source = "{url}"
[[camera.scenario]]
key = "intrusion"
"""


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_footage(tmp_path_factory.mktemp("film") / "walk.264")


@pytest.fixture(autouse=True)
def model() -> None:
    installed_model()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    with mosquitto(tmp_path, LOGINS) as running:
        yield running.port


def run_all_checks(
    folder: Path,
    text: str = EDGE_TOML,
    *,
    broker: int = 9,
    centre: int = 9,
    at: timedelta = timedelta(),
    retry_login_for_s: float = 0,
) -> dict[str, Finding]:
    """Run the preflight; return the findings by part, those of the clock by what they check."""
    text = with_installed_model(text).replace("port = 1883", f"port = {broker}")
    config = load_config(write_edge_toml(folder, text.replace(":8080", f":{centre}")))
    findings = run_preflight(
        config, now=lambda: now() + at, deadline=30, retry_login_for_s=retry_login_for_s
    )
    return {f"{f.part}, {f.what}" if f.part == "clock" else f.part: f for f in findings}


def bad_parts(findings: dict[str, Finding]) -> set[str]:
    return {part for part, finding in findings.items() if finding.status is CheckStatus.BAD}


def test_a_complete_node_has_no_bad_finding(tmp_path: Path, footage: Path, broker: int) -> None:
    with evidence_server() as server, rtsp_camera(footage) as camera:
        text = EDGE_TOML + LIVE.format(url=camera.url)
        findings = run_all_checks(tmp_path, text, broker=broker, centre=server.port)

    assert not bad_parts(findings), findings
    assert len(server.stored) == 1
    assert "h264 384x288" in findings["camera south-gate"].note
    assert "s3cret" not in str(findings)
    assert str(NODE) in findings["broker"].note
    assert "ms per inference" in findings["model"].note
    assert findings["clock, against the centre's"].status is CheckStatus.GOOD


def test_parts_that_do_not_answer_are_bad_and_have_a_remedy(tmp_path: Path) -> None:
    nobody = f"rtsp://u:p4ss@127.0.0.1:{free_port()}/main"
    findings = run_all_checks(
        tmp_path, EDGE_TOML + LIVE.format(url=nobody), broker=free_port(), centre=free_port()
    )

    assert bad_parts(findings) == {"broker", "centre", "camera south-gate"}
    assert "[broker]" in findings["broker"].remedy
    assert "[centre]" in findings["centre"].remedy
    assert "source" in findings["camera south-gate"].remedy
    assert "p4ss" not in str(findings)


def test_a_wrong_key_has_the_remedy_to_enrol(tmp_path: Path, broker: int) -> None:
    key = EDGE_TOML.split('key = "')[1].partition('"')[0]
    with evidence_server(403, checks=False) as server:
        findings = run_all_checks(
            tmp_path, EDGE_TOML.replace(key, "ab" * 32), broker=broker, centre=server.port
        )

    assert bad_parts(findings) == {"broker", "centre"}
    assert f"central enroll {NODE}" in findings["broker"].remedy
    assert f"central enroll {NODE}" in findings["centre"].remedy


def test_a_broker_that_closes_the_connection_has_the_remedy_to_enrol(tmp_path: Path) -> None:
    key = EDGE_TOML.split('key = "')[1].partition('"')[0]
    with iotcore(tmp_path, LOGINS) as broker:
        right = run_all_checks(tmp_path, broker=broker.port)
        wrong = run_all_checks(tmp_path, EDGE_TOML.replace(key, "ab" * 32), broker=broker.port)

    assert right["broker"].status is CheckStatus.GOOD
    assert wrong["broker"].status is CheckStatus.BAD
    assert f"central enroll {NODE}" in wrong["broker"].remedy


def test_a_broker_that_restarts_is_tried_again(tmp_path: Path) -> None:
    port = free_port()
    findings: dict[str, Finding] = {}

    def run() -> None:
        findings.update(run_all_checks(tmp_path, broker=port, retry_login_for_s=20))

    check = threading.Thread(target=run)
    check.start()
    with iotcore(tmp_path, LOGINS, port=port):
        check.join()

    assert findings["broker"].status is CheckStatus.GOOD, findings["broker"]


def test_a_wrong_password_of_a_camera_is_reported_without_the_password(
    tmp_path: Path, footage: Path
) -> None:
    with rtsp_camera(footage) as camera:
        text = EDGE_TOML + LIVE.format(url=camera.url.replace("s3cret", "gu3ss"))
        findings = run_all_checks(tmp_path, text)

    assert "login" in findings["camera south-gate"].remedy
    assert "gu3ss" not in str(findings)


def test_a_server_that_is_not_a_centre_is_recognised(tmp_path: Path) -> None:
    with evidence_server(404) as server:
        findings = run_all_checks(tmp_path, centre=server.port)

    assert "gridwatch centre" in findings["centre"].remedy


def test_a_disk_with_too_little_free_space_is_bad(tmp_path: Path) -> None:
    findings = run_all_checks(tmp_path, f"keep_free_mb = 1000000\n{EDGE_TOML}")

    assert "disk" in bad_parts(findings)
    assert "keep_free_mb" in findings["disk"].remedy


def test_a_data_folder_that_is_a_file_is_bad(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    findings = run_all_checks(tmp_path)

    assert "cannot be written" in findings["disk"].note


@pytest.mark.parametrize(
    ("away", "verdict"),
    [
        (0, CheckStatus.GOOD),
        (10, CheckStatus.DOUBTFUL),
        (-10, CheckStatus.DOUBTFUL),
        (3600, CheckStatus.BAD),
    ],
)
def test_a_wrong_clock_is_recognised(tmp_path: Path, away: int, verdict: CheckStatus) -> None:
    with evidence_server() as server:
        findings = run_all_checks(tmp_path, centre=server.port, at=timedelta(seconds=away))

    assert findings["clock, against the centre's"].status is verdict


def test_a_missing_model_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[model.mine]\nsummary = "of a test"\nfile = "mine.onnx"\nlicence = "MIT"\n'
        f'sha256 = "{"0" * 64}"\norigin = "here"\nhead = "yolox"\nlabels = "coco"\n'
        "confident = 0.5\n[model.mine.input]\n"
        'name = "images"\nwidth = 64\nheight = 64\nfit = "stretch"\nrange = [0, 1]\n'
    )
    text = EDGE_TOML.replace(f'name = "{MODEL}"', 'name = "mine"\ncatalogue = "own.toml"')
    findings = run_all_checks(tmp_path, text)

    assert "gridwatch model pull mine" in findings["model"].remedy


def test_a_scenario_that_fails_with_the_model_is_doubtful(tmp_path: Path) -> None:
    name = installed_model()
    shipped = SHIPPED_CATALOGUE.read_text("utf-8")
    entry, unfit = f"[model.{name}]\n", 'unfit_for = ["crowd_gathering"]\n'
    (tmp_path / "own.toml").write_text(shipped.replace(entry, entry + unfit), "utf-8")
    text = EDGE_TOML.replace(f'name = "{MODEL}"', f'name = "{name}"\ncatalogue = "own.toml"')
    warning = run_all_checks(tmp_path, text)["model"]  # the last finding of this part

    assert warning.status is CheckStatus.DOUBTFUL
    assert "crowd_gathering" in warning.note


def test_inference_on_full_frames_is_noted_if_a_folded_model_supports_regions(
    tmp_path: Path,
) -> None:
    name = installed_model()
    require(ModelStore().folded_version(name) is not None, "a model that can be folded")
    model = run_all_checks(tmp_path, EDGE_TOML.replace("gate = false", "gate = true"))["model"]

    assert model.status is CheckStatus.GOOD
    assert f"for regions, run gridwatch model fold {name}" in model.note
    assert f'name = "{name}-folded"' in model.note


def test_the_accuracy_of_metres_is_reported_for_each_zone(tmp_path: Path) -> None:
    marked = EDGE_TOML.replace(BEFORE, FOUR + BEFORE, 1)

    by_people, by_marks = (
        {
            finding.part: finding
            for finding in describe_config(load_config(write_edge_toml(tmp_path, text)))
        }
        for text in (EDGE_TOML, marked)
    )

    assert by_people["metres north-gate"].what == "from people's heights"
    assert by_marks["metres north-gate"].what == "from 4 marked points"
    assert "at the middle of steps" in by_marks["metres north-gate"].note
    assert by_marks["metres north-gate"].status is CheckStatus.GOOD


def test_a_recording_that_is_too_short_to_fire_is_doubtful(tmp_path: Path) -> None:
    found = run_all_checks(tmp_path)["camera north-gate"]

    assert found.status is CheckStatus.DOUBTFUL
    assert found.note == "recording, 2 s: crowd_gathering cannot fire before 20 s"


def test_a_live_camera_says_how_long_it_learns(tmp_path: Path, footage: Path) -> None:
    with rtsp_camera(footage) as camera:
        text = LIVE.format(url=camera.url).replace("intrusion", "object_left")
        found = run_all_checks(tmp_path, EDGE_TOML + text)["camera south-gate"]

    assert found.status is CheckStatus.GOOD
    assert found.note.endswith("object_left cannot fire before 65 s")


def test_describing_a_configuration_checks_nothing(tmp_path: Path) -> None:
    config = load_config(write_edge_toml(tmp_path))

    assert "camera north-gate" in [f.part for f in describe_config(config)]
    assert not (tmp_path / "data").exists()


def test_a_check_that_times_out_is_bad_and_does_not_delay_the_others() -> None:
    over = threading.Event()
    quick = Finding(part="quick", what="one", note="fine")

    def slow() -> list[Finding]:
        over.wait(30)
        return []

    findings = run_checks(
        [
            Check(part="slow", what="one", run=slow, remedy="wake it"),
            Check(part="quick", what="one", run=lambda: [quick], remedy=""),
        ],
        deadline=0.2,
    )
    over.set()

    assert [finding.part for finding in findings] == ["slow", "quick"]
    assert (findings[0].status, findings[0].remedy) == (CheckStatus.BAD, "wake it")
    assert findings[1] is quick


@pytest.mark.parametrize(
    ("settings", "status", "text"),
    [
        ('gate = true\nregions = false\nfast = "INSTALLED"', CheckStatus.GOOD, "used where"),
        ('gate = false\nfast = "INSTALLED"', CheckStatus.DOUBTFUL, "no effect"),
        ('gate = true\nfast = "mine"', CheckStatus.BAD, "mine"),
        ('second_look_model = "INSTALLED"', CheckStatus.GOOD, "looks again"),
        ('second_look_model = "mine"', CheckStatus.BAD, "mine"),
    ],
)
def test_further_models_are_checked(
    tmp_path: Path, settings: str, status: CheckStatus, text: str
) -> None:
    settings = settings.replace("INSTALLED", installed_model())
    finding = run_all_checks(tmp_path, EDGE_TOML.replace("gate = false", settings))["model"]

    assert finding.status is status
    assert text in finding.note
