"""Steps that tests of retention share."""

from datetime import timedelta
from uuid import UUID

import httpx

from tests.api.incidents.steps import act_on_order, page_of, reported
from tests.api.town import SNAPSHOT, Centre, sha256


async def finish_incident(centre: Centre) -> UUID:
    """Raise an alert that is dealt with, verified, and archived after the time for an appeal."""
    incident, order = await reported(centre)
    verdict = {"passed": True, "confirm_still_firing": True}
    await act_on_order(centre, order, "verify", name="desk", **verdict)
    centre.clock.advance(hours=73)
    await centre.clock_engine.process_due()
    return incident


async def view_snapshot(centre: Centre) -> int:
    """Return the HTTP status of a supervisor who views the snapshot."""
    page = await page_of(centre, "chief")
    return (await page.get(f"/v1/evidence/{sha256(SNAPSHOT)}")).status_code


async def place_hold(
    centre: Centre, target: dict[str, object], *, by: str = "chief"
) -> httpx.Response:
    """Ask to keep something from being deleted."""
    page = await page_of(centre, by)
    body = {
        "target": target,
        "reason": "a court asks for it",
        "authority": "East district court, 2026-117",
        "review_at": (centre.clock() + timedelta(days=60)).isoformat(),
    }
    return await page.post("/v1/legal-holds", json=body)
