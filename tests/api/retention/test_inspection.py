"""The inspection report states what is kept, who viewed it, what was deleted and what failed."""

from datetime import UTC, timedelta

from api.audit.checker import AuditChecker
from api.evidence.permissions import Purpose
from api.retention.inspection import PURPOSES, Inspection, inspect, render_report
from api.retention.terms import Profile, chosen_days
from tests.api.audit.test_chain import chain_all
from tests.api.evidence.test_routes import node_upload
from tests.api.incidents.steps import page_of
from tests.api.retention.steps import finish_incident, place_hold, view_snapshot
from tests.api.retention.test_erasure import decide, record_request
from tests.api.town import SNAPSHOT, Centre, sha256


async def inspect_centre(centre: Centre) -> Inspection:
    async with centre.engine.connect() as connection:
        return await inspect(
            connection,
            profile=Profile.CN_799,
            days=chosen_days(Profile.CN_799, {}),
            since=centre.clock() - timedelta(days=30),
            until=centre.clock() + timedelta(seconds=1),
            newest_backup=None,
        )


async def test_the_report_names_views_deletions_holds_and_what_is_missing(centre: Centre) -> None:
    await centre.anonymous_client().put(**node_upload(SNAPSHOT))
    ended = await finish_incident(centre)
    await view_snapshot(centre)
    page = await page_of(centre, "desk")
    await page.get(f"/v1/evidence/{sha256(SNAPSHOT)}", params={"purpose": "complaint"})
    request = await record_request(centre, ended)
    await decide(centre, request.json()["id"])
    await place_hold(centre, {"incident": str(ended)})
    await chain_all(centre.engine)
    await AuditChecker(centre.engine, anchors=None, now=centre.clock).check()

    found = await inspect_centre(centre)
    shown = render_report(found, UTC)

    assert [(v.actor, v.purpose, v.n) for v in found.views] == [
        ("chief", "later_review", 1),
        ("desk", "complaint", 1),
    ]
    assert (found.deletions.on_request, found.deletions.expired) == (2, 0)
    for words in ("投诉申诉", "letter 2026-31", "East district court, 2026-117", "没有备份"):
        assert words in shown
    assert shown.count("需整改") == 1, "the backup alone is missing"


def test_every_purpose_has_words() -> None:
    assert set(Purpose) < set(PURPOSES)
