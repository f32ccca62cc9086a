"""The auditor's page: unusual access is reviewed, and the log is filtered."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import CONSOLE_SIZE, PHONE_SIZE, ConsolePage, check_layout

pytestmark = pytest.mark.slow
FINDING = """
    INSERT INTO access_finding (kind, actor, area_code, hour, n_views, usual, found_at)
    SELECT 'volume', $1, area_code, date_trunc('hour', now()), 412, 96, now()
    FROM account WHERE name = 'OP-01'
"""


@pytest.mark.parametrize(
    ("language", "size"),
    [("zh-CN", CONSOLE_SIZE), ("en", PHONE_SIZE)],
    ids=["zh-CN-wide", "en-narrow"],
)
def test_an_auditor_reviews_unusual_access_and_reads_the_log(
    centre: DemoCentre,
    open_console: Callable[..., ConsolePage],
    *,
    language: str,
    size: ViewportSize,
) -> None:
    camera = centre.alert(MicroGrid(5), score=REVIEW_SCORE)
    operator, auditor = open_console(language), open_console(language)
    operator.enter("OP-01")
    operator.select(camera)
    expect(operator.page.locator(".incident-snapshot img")).to_be_visible()
    name = f"OP-{size['width']}"
    centre.execute(FINDING, name)

    auditor.enter("AU-01", path="/audit-log")
    if language == "en":
        auditor.page.get_by_role("button", name="English").click()
    auditor.page.set_viewport_size(size)
    finding = auditor.page.locator(".audit-log-findings li", has_text=name)
    expect(finding).to_contain_text("412")
    check_layout(auditor.page, f"audit-log-{size['width']}-{language}")
    finding.locator("input").fill("a handover of two shifts")
    finding.locator("[type=submit]").click()
    expect(finding).to_have_count(0)

    auditor.page.locator("[data-filter=actor]").fill("OP-01")
    auditor.page.locator("[data-filter=action]").click()
    auditor.page.locator(".ant-select-item-option").nth(1).click()
    rows = auditor.page.locator(".audit-log-table tbody tr")
    expect(rows.first).to_contain_text("OP-01")
    expect(rows.filter(has_text="AU-01")).to_have_count(0)
