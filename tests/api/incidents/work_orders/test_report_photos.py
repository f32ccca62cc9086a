"""A field report needs photos that its reporter took for this order."""

from datetime import datetime, timedelta

import pytest

from api.errors import UnprocessableError
from api.incidents.work_orders.photos import CLOCK_TOLERANCE, StoredPhoto, check_photos
from tests.api.alerts import NOON
from tests.api.incidents.steps import (
    act_on_order,
    handling,
    open_orders,
    report,
    request_on_order,
    upload,
)
from tests.api.town import PHOTO, Centre, sha256


def photo(
    *, account: int | None = 1, stored_at: datetime = NOON, is_used: bool = False
) -> StoredPhoto:
    return StoredPhoto(account=account, stored_at=stored_at, is_used_elsewhere=is_used)


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ({}, "photo_missing"),
        ({"a": photo(is_used=True)}, "photo_reused"),
        ({"a": photo(account=2)}, "photo_not_yours"),
        ({"a": photo(account=None)}, "photo_not_yours"),
        ({"a": photo(stored_at=NOON - CLOCK_TOLERANCE - timedelta(seconds=1))}, "photo_too_old"),
    ],
)
def test_a_photo_that_was_not_taken_for_the_order_is_refused(
    stored: dict[str, StoredPhoto], code: str
) -> None:
    with pytest.raises(UnprocessableError, match=code):
        check_photos(["a"], stored, account=1, since=NOON)


def test_a_photo_of_the_handler_from_after_the_dispatch_is_accepted() -> None:
    check_photos(["a"], {"a": photo()}, account=1, since=NOON)


async def test_a_photo_of_an_earlier_report_is_refused(centre: Centre) -> None:
    _, first = await handling(centre)
    await report(centre, first)
    await centre.raise_alert("b", camera="south-gate")
    await centre.clock_engine.process_due()
    second = next(item["id"] for item in await open_orders(centre, "east-1") if item["id"] != first)
    await act_on_order(centre, second, "accept", name="east-1")
    await act_on_order(centre, second, "start", name="east-1")
    photos = [sha256(PHOTO)]
    answer = await request_on_order(
        centre, second, "report", name="east-1", photos=photos, found=True
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "photo_reused")
    await report(centre, second, photo=PHOTO + b"of the second place")


async def test_a_photo_of_somebody_else_is_refused(centre: Centre) -> None:
    _, order = await handling(centre)
    photos = [await upload(centre, "east-2")]
    answer = await request_on_order(
        centre, order, "report", name="east-1", photos=photos, found=True
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "photo_not_yours")


async def test_a_photo_from_before_the_dispatch_is_refused(centre: Centre) -> None:
    photos = [await upload(centre, "east-1")]
    centre.clock.advance(minutes=6)
    _, order = await handling(centre)
    answer = await request_on_order(
        centre, order, "report", name="east-1", photos=photos, found=True
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "photo_too_old")
