"""The whole workflow, from an alert to a closed incident, with one operator and one worker."""

import pytest
from playwright.sync_api import expect

from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid, draw_picture
from tests.console.page_objects import ConsolePage, PhonePage, check_layout

pytestmark = pytest.mark.slow


def test_an_incident_is_confirmed_accepted_reported_verified_and_closed(
    centre: DemoCentre, console: ConsolePage, phone: PhonePage
) -> None:
    grid = MicroGrid(1)
    phone.enter(grid.worker)
    console.enter()
    camera = centre.alert(grid, score=REVIEW_SCORE)

    console.select(camera)
    console.expect_state("new")
    expect(console.page.locator(".incident .boxes rect")).to_have_count(10)
    console.press("c")

    expect(phone.page.locator(".card-new")).to_be_visible()
    expect(phone.page.locator(".card-title")).to_have_text("人群聚集")
    phone.tap("接单")
    phone.tap("我已到场")
    phone.take_photo(draw_picture(1, width=3000, height=2250))
    phone.page.get_by_text("情况属实").tap()
    phone.page.locator("textarea").fill("已劝离")
    check_layout(phone.page, "phone-report")
    phone.tap("提交反馈")
    expect(phone.page.get_by_text("已反馈，等待核查")).to_be_visible()

    console.expect_state("feedback")
    expect(console.page.locator(".field-report")).to_contain_text("已劝离")
    photo = console.page.locator(".field-photos img")
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1600
    console.press("v")
    console.page.get_by_role("button", name="仍然结案").click()
    console.expect_state("closed")
    check_layout(console.page, "console-closed")
    expect(phone.page.locator(".card, .work-order")).to_have_count(0)


def test_the_picture_shows_the_zone_and_who_was_counted_and_b_hides_it(
    centre: DemoCentre, console: ConsolePage
) -> None:
    console.enter()
    camera = centre.alert(MicroGrid(3), score=REVIEW_SCORE)

    console.select(camera)
    picture = console.page.locator(".incident .boxes")
    for kind, number in (("zone", 1), ("counted", 8), ("expected", 1), ("other", 1)):
        expect(picture.locator(f".box-{kind}")).to_have_count(number)
    caption = console.page.locator(".incident .snapshot-caption")
    expect(caption).to_contain_text("9 人聚集，相邻不超过 2 米")
    expect(caption).to_contain_text("计入但本帧未检出 1 个")
    check_layout(console.page, "console-picture")
    console.press("b")
    expect(picture).to_have_count(0)
    expect(caption).to_be_visible()


def test_a_high_score_notifies_the_worker_once_without_review(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(2)
    phone.enter(grid.worker)

    centre.alert(grid, score=0.95)

    expect(phone.page.locator(".card-new")).to_have_count(1)
    phone.tap("静音")
    expect(phone.page.locator(".card-new")).to_have_count(0)
    expect(phone.page.locator(".card-large")).to_have_count(1)
