"""The queue: keyboard, stable rows, address and event stream."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from pipeline.signal import Level
from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import ConsolePage

pytestmark = pytest.mark.slow
REVIEW = "/queue?view=review"
UNLIKELY_SCORE = 0.05


def test_two_keys_reject_an_incident_with_a_reason(
    centre: DemoCentre, console: ConsolePage
) -> None:
    camera = centre.alert(MicroGrid(3), score=REVIEW_SCORE)
    console.enter(path=REVIEW)
    console.select(camera)

    console.press("r")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    console.press("3")

    console.expect_state("rejected")
    expect(console.page.locator(".timeline")).to_contain_text("光影、反光或遮挡造成")


def test_rows_stay_in_place_while_the_operator_works_and_new_ones_wait(
    centre: DemoCentre, console: ConsolePage
) -> None:
    grid = MicroGrid(4)
    centre.alert(grid, score=REVIEW_SCORE)
    console.enter(path=f"{REVIEW}&area={grid.area_code}")
    console.page.locator(".queue-row").first.wait_for()
    console.press("k")
    first = console.page.locator(".queue-row").first.get_attribute("data-id")

    camera = centre.alert(grid, score=REVIEW_SCORE, level=Level.CRITICAL)

    expect(console.page.locator(".queue-new-items")).to_contain_text("1 条新事件")
    assert console.page.locator(".queue-row").first.get_attribute("data-id") == first
    new = console.page.locator(".queue-row", has_text=camera)
    expect(new).to_have_count(0)
    console.press("n")
    expect(new).to_be_visible()


def test_the_view_is_part_of_the_address_and_survives_a_reload(
    centre: DemoCentre, console: ConsolePage
) -> None:
    centre.alert(MicroGrid(4), score=REVIEW_SCORE)
    console.enter(path=REVIEW)
    console.page.locator(".queue-row").first.wait_for()

    console.page.reload()

    expect(console.page.locator(".ant-segmented-item-selected")).to_contain_text("待研判")
    expect(console.page).to_have_url(re.compile(r"view=review"))


def test_the_first_incident_is_shown_without_a_change_of_the_address(
    centre: DemoCentre, console: ConsolePage
) -> None:
    """A navigation would undo a filter or another page that the operator chooses meanwhile."""
    centre.alert(MicroGrid(4), score=REVIEW_SCORE)
    console.enter(path=REVIEW)

    expect(console.page.locator(".incident .facts")).to_be_visible()
    expect(console.page).to_have_url(re.compile(r"/queue\?view=review$"))


def test_enter_opens_the_incident_and_escape_goes_back(
    centre: DemoCentre, console: ConsolePage
) -> None:
    camera = centre.alert(MicroGrid(4), score=REVIEW_SCORE)
    console.enter(path=REVIEW)
    console.select(camera)

    console.press("Enter")
    expect(console.page).to_have_url(re.compile(r"/incidents/"))
    expect(console.page.locator(".incident-page .facts")).to_contain_text(camera)
    console.press("Escape")
    expect(console.page).to_have_url(re.compile(r"/queue/"))


def test_a_lost_connection_is_shown_and_recovers(console: ConsolePage) -> None:
    console.enter()

    console.context.set_offline(True)
    expect(console.page.locator(".connection")).to_contain_text("已断开")
    console.context.set_offline(False)

    expect(console.page.locator(".connection")).to_have_text("实时", timeout=15_000)


def test_a_change_appears_on_another_console_at_once(
    centre: DemoCentre, open_console: Callable[..., ConsolePage]
) -> None:
    camera = centre.alert(MicroGrid(5), score=REVIEW_SCORE)
    operator, supervisor = open_console(), open_console()
    for console, name in ((operator, "OP-01"), (supervisor, "SV-01")):
        console.enter(name, path=REVIEW)
        console.select(camera)

    operator.press("c")

    supervisor.expect_state("dispatched")


def test_j_and_k_move_through_the_incidents_in_the_order_of_the_list(
    centre: DemoCentre, console: ConsolePage
) -> None:
    for _ in range(2):
        centre.alert(MicroGrid(6), score=REVIEW_SCORE)
    console.enter(path=REVIEW)
    rows = console.page.locator(".queue-row")
    expect(rows.nth(1)).to_be_visible()
    first, second = (rows.nth(index).get_attribute("data-id") or "" for index in (0, 1))
    incident = console.page.locator(".incident")
    expect(incident).to_have_attribute("data-id", first)

    console.press("j")
    expect(incident).to_have_attribute("data-id", second)
    console.press("k")
    expect(incident).to_have_attribute("data-id", first)


def test_filters_are_part_of_the_address_and_can_be_cleared(
    centre: DemoCentre, console: ConsolePage
) -> None:
    for number in (7, 16):
        centre.alert(MicroGrid(number), score=REVIEW_SCORE)
    console.enter()
    rows = console.page.locator(".queue-row")
    rows.first.wait_for()

    console.page.locator("[data-filter=area]").click()
    console.page.locator(".ant-select-item-option", has_text="西苑第2网格").first.click()

    expect(rows.filter(has_not_text="西苑第2网格")).to_have_count(0)
    expect(rows.first).to_be_visible()
    expect(console.page).to_have_url(re.compile(r"area=990101001001002"))
    console.page.reload()
    expect(rows.first).to_contain_text("西苑第2网格")
    console.page.locator("[data-filter=clear]").click()
    expect(console.page).not_to_have_url(re.compile("area="))


def test_stored_incidents_have_a_view_of_their_own(
    centre: DemoCentre, console: ConsolePage
) -> None:
    camera = centre.alert(MicroGrid(8), score=UNLIKELY_SCORE, level=Level.MINOR)
    console.enter(path="/queue?view=stored")
    row = console.page.locator(".queue-row", has_text=camera)
    expect(row).to_be_visible()

    console.page.locator(".queue-toolbar").get_by_text("进行中").click()

    expect(console.page.locator(".queue-row").first).to_be_visible()
    expect(row).to_have_count(0)


MANY = 1500
MAX_DRAWN_ROWS = 40
"""A screen shows about ten rows; some more are drawn ahead."""


@pytest.fixture
def many_incidents(centre: DemoCentre) -> Iterator[int]:
    """Open incidents like an existing one, of a scenario of their own, deleted after the test."""
    camera = centre.alert(MicroGrid(15), score=REVIEW_SCORE)
    centre.execute(
        """
        INSERT INTO incident (
            id, key, state, scenario, family, level, score, probability, decision, node, camera,
            zone, area_code, lead_alert, n_alerts, first_at, last_at, is_over, due_at, exercise,
            version, created_at, class, responsible_kind, responsible_area, next_step,
            next_action_at, clock_step, merge_reason, takes_alerts, cancel_reason)
        SELECT gen_random_uuid(), key, state, 'many', 'many', level, score, probability, decision,
            node, camera, zone, area_code, lead_alert, n_alerts, first_at, last_at, is_over,
            due_at + interval '1 day', exercise, version, created_at, class, responsible_kind,
            responsible_area, next_step, next_action_at + interval '1 day', clock_step,
            merge_reason, false, cancel_reason
        FROM incident, generate_series(1, $2::int) WHERE camera = $1
        """,
        camera,
        MANY,
    )
    yield MANY
    centre.execute("DELETE FROM incident WHERE scenario = 'many'")


def test_of_many_incidents_only_the_visible_rows_are_drawn(
    console: ConsolePage, many_incidents: int
) -> None:
    console.enter(path="/queue?scenario=many")
    rows = console.page.locator(".queue-row")
    rows.first.wait_for()
    scroll = "list => { list.scrollTop = list.scrollHeight; }"
    list_ = console.page.locator(".queue-rows")
    last = console.page.locator(f".queue-row[aria-posinset='{many_incidents}']")
    for _ in range(many_incidents // 50):
        size = int(rows.first.get_attribute("aria-setsize") or 0)
        list_.evaluate(scroll)
        assert rows.count() <= MAX_DRAWN_ROWS
        if size == many_incidents:
            break
        expect(rows.first).not_to_have_attribute("aria-setsize", str(size))

    expect(last).to_be_visible()
    assert rows.count() <= MAX_DRAWN_ROWS
