"""Evidence is exported, held and erased from the pages, on wide and narrow screens."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect

from api.evidence.export.archive import verify_archive
from tests.console.demo_centre import REVIEW_SCORE, DemoCentre, MicroGrid
from tests.console.page_objects import CONSOLE_SIZE, PHONE_SIZE, ConsolePage, check_layout

pytestmark = pytest.mark.slow


def open_incident(console: ConsolePage, camera: str) -> None:
    """Open the page of the incident of a camera."""
    console.select(camera)
    console.press("Enter")
    expect(console.page.locator(".records-panel")).to_be_visible()


def fill(console: ConsolePage, **fields: str) -> None:
    for name, words in fields.items():
        console.page.locator(f".retention-form [data-field={name}]").fill(words)
    console.page.locator(".retention-form [type=submit]").click()
    expect(console.page.locator(".retention-form")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "size"),
    [("zh-CN", CONSOLE_SIZE), ("en", PHONE_SIZE)],
    ids=["zh-CN-wide", "en-narrow"],
)
def test_an_incident_is_exported_held_and_its_pictures_are_erased(
    centre: DemoCentre,
    open_console: Callable[..., ConsolePage],
    tmp_path: Path,
    *,
    language: str,
    size: ViewportSize,
) -> None:
    camera = centre.alert(MicroGrid(5), score=REVIEW_SCORE)
    chief, operator = open_console(language), open_console(language)
    chief.enter("SV-01")
    open_incident(chief, camera)
    incident = chief.page.url.rpartition("/")[2]

    chief.page.locator("[data-action=records-export]").click()
    with chief.page.expect_download() as download:
        chief.page.locator(".retention-form [type=submit]").click()
    download.value.save_as(tmp_path / "export.zip")
    exported = verify_archive(io.BytesIO((tmp_path / "export.zip").read_bytes())).manifest
    assert (exported["incident"], exported["exported_by"]) == (incident, "SV-01")
    expect(chief.page.locator(".retention-form")).to_have_count(0)

    operator.enter("OP-01")
    open_incident(operator, camera)
    expect(operator.page.locator("[data-action=records-hold]")).to_have_count(0)
    operator.page.locator("[data-action=records-erase]").click()
    fill(operator, reference="letter 2026-31", reason="a bystander")

    chief.page.locator("[data-action=records-hold]").click()
    check_layout(chief.page, f"retention-hold-{size['width']}-{language}")
    fill(chief, authority="East district court, 2026-117", reason="asked for by a court")
    if language == "en":
        chief.page.get_by_role("button", name="English").click()
    chief.page.set_viewport_size(size)
    chief.page.goto(f"{centre.url}/retention")
    mine = chief.page.locator(
        ".retention-list li", has=chief.page.locator(f"a[href*='{incident}']")
    )
    expect(mine).to_have_count(2)
    check_layout(chief.page, f"retention-{size['width']}-{language}")
    mine.locator("[data-action=release]").click()
    chief.page.locator(".retention-form textarea").fill("the court has closed the case")
    chief.page.locator("[data-choice=release]").click()
    expect(mine).to_have_count(1)

    mine.locator("[data-action=decide]").click()
    chief.page.locator(".retention-form textarea").fill("the bystander can be recognised")
    check_layout(chief.page, f"retention-decide-{size['width']}-{language}")
    chief.page.locator("[data-choice=granted]").click()
    expect(mine).to_have_count(0)
    chief.page.goto(f"{centre.url}/incidents/{incident}")
    expect(chief.page.locator(".incident .facts")).to_contain_text(camera)
    expect(chief.page.locator(".incident-snapshot .snapshot-empty")).to_contain_text(
        re.compile("删除|deleted")
    )
