"""The replay report in a real browser, at desktop and phone size."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from edge.evidence.snapshot_description import SnapshotDescriber
from gridwatch.workbench.replay.instrumentation import make_gauges, record_evaluations
from gridwatch.workbench.replay.page.renderer import render_page
from gridwatch.workbench.replay.playback import play_events
from gridwatch.workbench.replay.replay import ReplayTask
from gridwatch.workbench.replay.trace import Trace
from models.inference.pictures import ArrayPicture
from pipeline.camera import CameraPipeline
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.testing import ScriptedDetector
from scenarios import catalogue
from scenarios.authoring import standing
from scenarios.testing import stage
from scenarios.testing.stage import START
from tests.requirements import require

pytestmark = pytest.mark.slow
CROWD = catalogue.load()["crowd_gathering"]
FIVE = stage.detections_at(standing(5, "person", at=(10, 10)), timedelta())
PICTURE = ArrayPicture(np.full((90, 160, 3), 90, np.uint8))
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


def write_page(folder: Path, *, people: int) -> Path:
    """Five people come after two seconds; the page says whether that is a crowd."""
    task = ReplayTask(
        scenario_type=CROWD,
        video=Path("square.mp4"),
        settings={"people": people, "hold": 3},
        gate=False,
    )
    scenario, recording_rule = record_evaluations(task.bind_scenario())
    watching = ScriptedDetector(
        lambda at: FIVE if at >= START + timedelta(seconds=2) else Detections.empty(),
        frozenset({"person"}),
    )
    pipeline = CameraPipeline(
        origin="a/b/c", camera="test", detector=watching, scenarios=[scenario]
    )
    trace = Trace(
        pipeline=pipeline,
        recording_rule=recording_rule,
        describer=SnapshotDescriber(scenarios=(scenario,)),
        gauges=make_gauges(CROWD, (), task.settings),
        watched_labels=CROWD.spec.labels,
        detect_all=watching.detect,
    )
    times = (START + timedelta(seconds=number / 5) for number in range(50))
    playback = play_events(
        (Frame(camera="test", at=at, picture=PICTURE) for at in times),
        pipeline,
        on_event=trace.record_event,
    )
    file = folder / "why.html"
    file.write_text(render_page(task, playback, trace, watching), "utf-8")
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    require(chromium is not None, "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=SIZES)
def report_page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """An empty page, offline, that must meet no error and need no sideways scrolling."""
    context = browser.new_context(viewport=SIZES[request.param], locale="en-US", offline=True)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield opened
    wide = opened.evaluate("document.documentElement.scrollWidth - innerWidth")
    context.close()
    assert (faults, wide) == ([], 0)


def test_an_alert_is_shown_with_its_frame_and_its_reason(report_page: Page, tmp_path: Path) -> None:
    report_page.goto(write_page(tmp_path, people=5).as_uri())

    expect(report_page.get_by_text("The alert opens here.")).to_be_visible()
    expect(report_page.locator("#summary")).to_contain_text("5 people, neighbours within 2 m")
    expect(report_page.locator("#overlay .counted")).to_have_count(5)
    expect(report_page.locator("#moments button").first.locator(".counted")).to_have_count(5)
    expect(report_page.locator("#why")).to_contain_text("condition met: People 5 (threshold 5)")


def test_every_other_moment_shows_the_step_that_stopped_it(
    report_page: Page, tmp_path: Path
) -> None:
    report_page.goto(write_page(tmp_path, people=8).as_uri())
    reasons = {}
    for moment in (0, 10, 40):
        report_page.locator("#moment").fill(str(moment))
        reasons[moment] = report_page.locator("#why .stop .name").inner_text()

    assert reasons == {0: "Detected", 10: "Tracked", 40: "Rule"}
    expect(report_page.locator("#why")).to_contain_text("condition not met: People 5 (threshold 8)")


def test_a_signal_within_its_hold_time_is_not_yet_an_alert(
    report_page: Page, tmp_path: Path
) -> None:
    report_page.goto(write_page(tmp_path, people=5).as_uri())
    report_page.locator("#moment").fill("18")

    expect(report_page.get_by_text("No alert: the hold time has not passed yet.")).to_be_visible()


def test_the_page_is_also_in_chinese(report_page: Page, tmp_path: Path) -> None:
    report_page.goto(write_page(tmp_path, people=5).as_uri())
    report_page.get_by_role("button", name="中文").click()

    expect(report_page.locator("h1")).to_have_text("人群聚集")
    expect(report_page.get_by_text("此刻产生告警。")).to_be_visible()
    expect(report_page.locator("body")).not_to_contain_text("threshold")


def test_the_page_shows_the_source_and_accuracy_of_metres(
    report_page: Page, tmp_path: Path
) -> None:
    report_page.goto(write_page(tmp_path, people=5).as_uri())

    expect(report_page.locator("#metres")).to_contain_text(
        "Metres from people's heights; error at the"
    )
    expect(report_page.locator("#metres")).to_contain_text("% across")
    expect(report_page.locator("#earliest")).to_contain_text("Cannot fire before")


def test_a_click_on_the_timeline_selects_its_moment(report_page: Page, tmp_path: Path) -> None:
    report_page.goto(write_page(tmp_path, people=5).as_uri())
    report_page.locator("#timeline svg").click(position={"x": 12, "y": 20})

    expect(report_page.locator("#clock")).to_contain_text("0:00.")
