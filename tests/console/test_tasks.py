"""The tasks of a desk on a wide and a narrow screen, in both languages: at most four steps each.

A step is a key, a tap, a choice or a typed text. The clock starts with the incident, or the queue,
on the screen. ``-rP`` shows the steps and seconds of each task.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from api import wiring
from tests.console.demo_centre import (
    PUSH_SCORE,
    REVIEW_SCORE,
    DemoCentre,
    MicroGrid,
    draw_picture,
)
from tests.console.field_worker import log_in_worker
from tests.console.page_objects import (
    CONSOLE_SIZE,
    PHONE_SIZE,
    ConsolePage,
    PageObject,
    PhonePage,
    check_layout,
)

pytestmark = pytest.mark.slow

MAX_STEPS = 4
SCREENS = {
    "zh-CN-wide": ("zh-CN", CONSOLE_SIZE),
    "en-wide": ("en", CONSOLE_SIZE),
    "zh-CN-narrow": ("zh-CN", PHONE_SIZE),
    "en-narrow": ("en", PHONE_SIZE),
}


@dataclass(slots=True)
class CountedSteps:
    """A person at a screen; every step is counted."""

    opened: PageObject
    language: str
    size: ViewportSize
    steps: int = 0

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Count the steps of a task, and keep a picture of its end."""
        self.steps, start = 0, monotonic()
        yield
        seconds = monotonic() - start
        width = self.size["width"]
        line = f"{name:24} {self.language:6} {width:5} px: {self.steps} steps, {seconds:.1f} s"
        sys.stdout.write(f"{line}\n")
        check_layout(self.opened.page, f"task-{name}-{width}-{self.language}")
        assert 0 < self.steps <= MAX_STEPS, f"{name} takes {self.steps} steps"

    def tap(self, target: str | Locator) -> None:
        """Tap or click a place of the page."""
        self.steps += 1
        place = self.opened.page.locator(target) if isinstance(target, str) else target
        place.first.click()


@dataclass(slots=True)
class Walk(CountedSteps):
    """An operator, with keys if there is a keyboard and taps if not."""

    opened: ConsolePage

    @property
    def is_wide(self) -> bool:
        return self.size is CONSOLE_SIZE

    def act(self, action: str, key: str) -> None:
        """Start an action: by its key, or by its button, which may be in the menu."""
        page = self.opened.page
        if self.is_wide:
            page.locator(f"[data-action={action}], [data-action=more]").first.wait_for()
            self.steps += 1
            page.keyboard.press(key)
            return
        bar = page.locator(".incident-actions")
        bar.locator(f"[data-action={action}], [data-action=more]").first.wait_for()
        if bar.locator(f"[data-action={action}]").count() == 0:
            self.tap(".incident-actions [data-action=more]")
            self.tap(f".ant-dropdown [data-action={action}]")
        else:
            self.tap(f".incident-actions [data-action={action}]")

    def choose(self, choice: str, key: str) -> None:
        """Choose in a dialog: by a digit, or by a tap."""
        place = self.opened.page.locator(f"[role=dialog] [data-choice='{choice}']")
        place.wait_for()
        if self.is_wide and key:
            self.steps += 1
            self.opened.press(key)
        else:
            self.tap(place)

    def open(self, camera: str) -> None:
        """Bring the incident of a camera on the screen; this is before the task."""
        page = self.opened.page
        page.goto(f"{self.opened.centre.url}/queue?view=all&camera={camera}")
        if not self.is_wide:
            page.locator(".queue-row", has_text=camera).first.click()
        expect(page.locator(".incident .facts")).to_contain_text(camera)

    def expect_state(self, state: str) -> None:
        self.opened.expect_state(state)


@pytest.fixture(params=SCREENS)
def walk(
    request: pytest.FixtureRequest, centre: DemoCentre, browser: Browser, pages: list[PageObject]
) -> Walk:
    language, size = SCREENS[request.param]
    narrow = size is PHONE_SIZE
    context = browser.new_context(
        viewport=size, locale=language, is_mobile=narrow, has_touch=narrow
    )
    context.add_init_script(f"localStorage.setItem('gridwatch.language', '{language}')")
    console = ConsolePage(centre, context, context.new_page())
    pages.append(console)
    console.enter()
    return Walk(console, language, size)


def test_a_review_is_confirmed_undone_and_rejected_with_a_suppression(
    centre: DemoCentre, walk: Walk
) -> None:
    page = walk.opened.page
    walk.open(centre.alert(MicroGrid(9), score=REVIEW_SCORE))
    with walk.task("confirm"):
        walk.act("confirm", "c")
        expect(page.locator(".undo-bar")).to_be_visible()
        walk.expect_state("dispatched")
    with walk.task("undo"):
        if walk.is_wide:
            walk.steps += 1
            walk.opened.press("u")
        else:
            walk.tap(".undo-bar button")
        walk.expect_state("new")
    with walk.task("reject-and-suppress"):
        walk.act("reject", "r")
        page.locator(".suppress-offer").wait_for()
        if walk.is_wide:
            walk.steps += 1
            walk.opened.press("s")
        else:
            walk.tap(".suppress-offer .ant-checkbox-input")
        expect(page.locator(".suppress-offer .ant-checkbox-input")).to_be_checked()
        walk.choose("picture_fault", "2")
        walk.expect_state("rejected")
    page.goto(f"{centre.url}/suppressions")
    expect(page.locator(".suppression-list li").first).to_be_visible()
    check_layout(page, f"suppressions-{walk.size['width']}-{walk.language}")


def test_an_order_is_given_to_another_worker_and_taken_back(centre: DemoCentre, walk: Walk) -> None:
    grid = MicroGrid(10)
    walk.open(centre.alert(grid, score=PUSH_SCORE))
    walk.expect_state("dispatched")
    dispatch = walk.opened.page.locator(".notifications")
    expect(dispatch).to_contain_text(grid.worker)
    with walk.task("call-another-worker"):
        walk.act("reassign", "d")
        walk.choose("GH-03", "2")
        walk.choose("no_answer", "3")
        expect(dispatch).to_contain_text("GH-03")
    with walk.task("take-back"):
        walk.act("recall", "t")
        walk.choose("no_answer", "2")
        expect(walk.opened.page.locator(".work-order-line")).to_have_count(3)


def test_two_incidents_become_one(centre: DemoCentre, walk: Walk) -> None:
    grid = MicroGrid(12)
    other, camera = (centre.alert(grid, score=REVIEW_SCORE) for _ in range(2))
    walk.open(camera)
    with walk.task("merge"):
        walk.act("merge", "m")
        row = walk.opened.page.locator("[role=dialog] .choice", has_text=other)
        row.wait_for()
        walk.tap(row)
        walk.choose("same_matter", "1")
        walk.expect_state("merged")
    with walk.task("split-off"):
        walk.act("split", "m")
        walk.expect_state("new")


def test_incidents_are_found_by_day_area_and_camera(
    centre: DemoCentre, walk: Walk, move_to_yesterday: Callable[[str], None]
) -> None:
    page = walk.opened.page
    camera = centre.alert(MicroGrid(13), score=REVIEW_SCORE)
    move_to_yesterday(camera)
    page.goto(f"{centre.url}/queue")
    row = page.locator(".queue-row", has_text=camera)
    with walk.task("yesterday-of-an-area"):
        walk.tap("[data-filter=time]")
        walk.tap(page.locator(".ant-select-item-option").nth(1))
        walk.tap("[data-filter=area]")
        walk.tap(page.locator(".ant-select-item-option", has_text="东苑第2网格"))
        expect(page).to_have_url(re.compile("time=yesterday&?.*area=|area=.*time=yesterday"))
        expect(row).to_be_visible()
    walk.open(camera)
    with walk.task("all-of-one-camera"):
        walk.tap("[data-link=camera]")
        expect(page.locator(".queue-filter-camera")).to_be_visible()
        if not walk.is_wide:
            expect(row).to_be_visible()


def test_a_report_is_compared_with_the_picture_sent_back_and_verified(
    centre: DemoCentre, walk: Walk
) -> None:
    grid, page = MicroGrid(14), walk.opened.page
    camera = centre.alert(grid, score=PUSH_SCORE)
    photo = draw_picture(centre.sent, width=900, height=1200 + centre.sent)
    second_photo = draw_picture(centre.sent, width=1000, height=1200 + centre.sent)
    with log_in_worker(centre, grid.worker) as worker:
        worker.report(camera, photo, "已劝离")
    walk.open(camera)
    expect(page.locator(".incident-comparison .field-photos img")).to_be_visible()
    for picture in (".incident-snapshot img", ".field-photos img"):
        element = page.locator(f".incident-comparison {picture}").first
        element.evaluate("image => image.decode()")
        expect(element).to_be_in_viewport(ratio=1)
    expect(page.locator(".incident-actions [data-action=verify]")).to_be_in_viewport(ratio=1)
    check_layout(page, f"task-verify-before-{walk.size['width']}-{walk.language}")
    with walk.task("rework"):
        walk.act("rework", "w")
        walk.choose("not_resolved", "3")
        walk.expect_state("handling")
    with log_in_worker(centre, grid.worker) as worker:
        worker.report_again(camera, second_photo, "已全部劝离")
    walk.expect_state("feedback")
    with walk.task("verify"):
        walk.act("verify", "v")
        walk.tap("[role=dialog] .ant-btn-primary")
        walk.expect_state("closed")


def test_the_desk_sees_who_can_be_reached_tonight(walk: Walk) -> None:
    page = walk.opened.page
    with walk.task("reachable-tonight"):
        walk.tap(".app-nav a[href$=people]")
        walk.tap("[data-filter=at]")
        walk.tap(page.locator(".ant-select-item-option").nth(2))
        expect(page).to_have_url(re.compile("at=20"))
        expect(page.locator("tr[data-person]").first).to_be_visible()
        expect(page.locator(".people-summary")).to_contain_text(re.compile("届时|then"))


@pytest.mark.parametrize("screen", SCREENS)
def test_a_worker_reports_without_a_connection(
    centre: DemoCentre, browser: Browser, pages: list[PageObject], screen: str
) -> None:
    language, size = SCREENS[screen]
    context = browser.new_context(viewport=size, locale=language, has_touch=True)
    context.add_init_script(f"localStorage.setItem('gridwatch.language', '{language}')")
    phone, grid = PhonePage(centre, context, context.new_page()), MicroGrid(8)
    pages.append(phone)
    phone.enter(grid.worker)
    camera = centre.alert(grid, score=PUSH_SCORE)
    phone.page.locator(".card-large", has_text=camera).locator(".button-primary").tap()
    arrive = phone.page.locator(".work-order > .button-primary")
    expect(phone.page.locator(".work-order-pending")).to_have_count(0)
    context.set_offline(offline=True)
    walk = CountedSteps(phone, language, size)
    with walk.task("report-offline"):
        walk.tap(arrive)
        walk.steps += 1
        phone.take_photo(centre.take_photo())
        walk.tap(".report-outcome label")
        walk.tap(".work-order-form .button-primary")
        expect(phone.page.locator(".work-order-pending")).to_be_visible()
    context.set_offline(offline=False)
    expect(phone.page.locator(".photo-input img")).to_be_visible()
    assert phone.page.locator(".outbox-failed").count() == 0


@pytest.fixture
def move_to_yesterday(centre: DemoCentre) -> Callable[[str], None]:
    """Make an incident the last one of yesterday, by the local time of the browser."""
    midnight = wiring.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    last_minute = midnight - timedelta(minutes=1)

    def move(camera: str) -> None:
        centre.execute("UPDATE incident SET created_at = $2 WHERE camera = $1", camera, last_minute)

    return move
