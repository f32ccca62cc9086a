"""The queue under the operator's hands."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from pipeline.signal import Level
from tests.console.city import UNSURE, City, Place
from tests.console.visits import Desk

pytestmark = pytest.mark.slow
REVIEW = "/queue?view=review"


def test_two_keys_reject_with_a_reason(city: City, desk: Desk) -> None:
    camera = city.alert(Place(3), score=UNSURE)
    desk.enter(path=REVIEW)
    desk.select(camera)

    desk.press("r")
    expect(desk.page.get_by_role("dialog")).to_be_visible()
    desk.press("2")

    desk.expect_state("rejected")
    expect(desk.page.locator(".timeline")).to_contain_text("正常活动，不构成隐患")


def test_rows_keep_their_place_under_a_hand_and_new_ones_wait(city: City, desk: Desk) -> None:
    city.alert(Place(4), score=UNSURE)
    desk.enter(path=REVIEW)
    desk.page.locator(".queue-row").first.wait_for()
    desk.press("k")
    first = desk.page.locator(".queue-row").first.get_attribute("data-id")

    city.alert(Place(4), score=UNSURE, level=Level.CRITICAL)

    expect(desk.page.locator(".queue-new-items")).to_contain_text("1 条新事件")
    assert desk.page.locator(".queue-row").first.get_attribute("data-id") == first
    desk.press("n")
    expect(desk.page.locator(".queue-row").first).not_to_have_attribute("data-id", first or "")


def test_the_view_stands_in_the_address_and_survives_a_reload(city: City, desk: Desk) -> None:
    city.alert(Place(4), score=UNSURE)
    desk.enter(path=REVIEW)
    desk.page.locator(".queue-row").first.wait_for()

    desk.page.reload()

    expect(desk.page.locator(".ant-segmented-item-selected")).to_contain_text("待研判")
    expect(desk.page).to_have_url(re.compile(r"view=review"))


def test_enter_opens_the_incident_and_escape_leads_back(city: City, desk: Desk) -> None:
    camera = city.alert(Place(4), score=UNSURE)
    desk.enter(path=REVIEW)
    desk.select(camera)

    desk.press("Enter")
    expect(desk.page).to_have_url(re.compile(r"/incidents/"))
    expect(desk.page.locator(".incident-page .facts")).to_contain_text(camera)
    desk.press("Escape")
    expect(desk.page).to_have_url(re.compile(r"/queue/"))


def test_a_cut_line_is_told_and_heals_by_itself(desk: Desk) -> None:
    desk.enter()

    desk.context.set_offline(True)
    expect(desk.page.locator(".connection")).to_contain_text("已断开")
    desk.context.set_offline(False)

    expect(desk.page.locator(".connection")).to_have_text("实时", timeout=15_000)


def test_the_other_desk_sees_it_at_once(city: City, a_desk: Callable[..., Desk]) -> None:
    camera = city.alert(Place(5), score=UNSURE)
    one, other = a_desk(), a_desk()
    for each, name in ((one, "OP-01"), (other, "SV-01")):
        each.enter(name, path=REVIEW)
        each.select(camera)

    one.press("c")

    other.expect_state("dispatched")
