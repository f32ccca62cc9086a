"""Find areas by name and code; a page sees those of its account only."""

import pytest

from tests.api.town import EAST, GRID, Centre


async def names(centre: Centre, account: str = "desk", **params: str | int) -> list[str]:
    page = await centre.client_of(account)
    answer = await page.get("/v1/areas", params=params)
    return [area["name"] for area in answer.json()["items"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ea", ["East"]),
        ("GRID", ["Grid"]),
        (GRID, ["Grid", "East", "West"]),
        ("nowhere", []),
        ("%", []),
    ],
)
async def test_areas_are_found_by_part_of_the_name_or_start_of_the_code(
    centre: Centre, text: str, expected: list[str]
) -> None:
    assert await names(centre, q=text) == expected


async def test_the_largest_areas_come_first(centre: Centre) -> None:
    assert await names(centre) == ["District", "Street", "Community", "Grid", "East", "West"]
    assert await names(centre, limit=2) == ["District", "Street"]


async def test_an_account_finds_areas_of_its_own_area_only(centre: Centre) -> None:
    assert await names(centre, "east-1") == ["East"]
    assert await names(centre, "desk-elsewhere") == ["Elsewhere"]


async def test_an_area_is_found_with_the_names_above_it(centre: Centre) -> None:
    page = await centre.client_of("desk")
    [area] = (await page.get("/v1/areas", params={"q": EAST})).json()["items"]

    assert area["path"] == ["City", "District", "Street", "Community", "Grid", "East"]
