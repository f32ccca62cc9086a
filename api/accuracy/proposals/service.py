"""Find the proposals of an area, and apply a region as a suppression that ends by itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.proposals import store
from api.accuracy.proposals.model import Proposal
from api.accuracy.proposals.propose import propose, propose_region
from api.accuracy.proposals.scorecard import Scorecard, SourceProposals, make_scorecards
from api.accuracy.verdicts.reasons import VerdictReason
from api.errors import NotFoundError, UnprocessableError
from api.suppressions.matching import is_at_spot
from api.suppressions.model import (
    NewSuppression,
    Suppression,
    SuppressionKind,
    SuppressionTarget,
)
from api.suppressions.store import list_in_force
from api.suppressions.suppress import Requester, create_suppression
from pipeline.geometry.shapes import Box

PAST = timedelta(days=90)
"""How old the alerts may be on which a change is counted."""
RECENT = timedelta(days=28)
"""What needs mending now: the incidents that scorecards count."""
MAX_SOURCES = 50
"""Cameras and scenarios with the most false alerts: the others have little to mend."""
MIN_FALSE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaProposals:
    """What is proposed in an area, and the counts behind it.

    Args:
        incidents: Those of 28 days on which the scorecards rest.
    """

    sources: list[SourceProposals]
    scorecards: list[Scorecard]
    incidents: int
    computed_at: datetime


async def find_proposals(
    connection: AsyncConnection, account: Account, *, now: datetime
) -> AreaProposals:
    """Return what to change in an account's area, the camera with most false alerts first."""
    since = now - PAST
    counts = await store.count_by_source(connection, account, since=now - RECENT)
    worst = dict.fromkeys(
        (item.node, item.camera, item.scenario) for item in counts if item.n_false >= MIN_FALSE
    )
    in_force = await list_in_force(connection, since=now, until=now)
    sources = []
    for node, camera, scenario in list(worst)[:MAX_SOURCES]:
        past = await store.list_past_alerts(connection, node, camera, scenario, since=since)
        regions = [
            item.target.region
            for item in in_force
            if (item.target.node, item.target.camera, item.target.scenario)
            == (node, camera, scenario)
        ]
        if proposals := _without_applied(propose(past, scenario), regions):
            sources.append(
                SourceProposals(node=node, camera=camera, scenario=scenario, proposals=proposals)
            )
    cards = await asyncio.to_thread(make_scorecards, counts, sources)
    return AreaProposals(
        sources=sources,
        scorecards=cards,
        incidents=sum(item.n for item in counts),
        computed_at=now,
    )


def _without_applied(
    proposals: Sequence[Proposal], regions: Sequence[Box | None]
) -> list[Proposal]:
    """Return the proposals that no suppression in force has applied."""
    return [
        proposal
        for proposal in proposals
        if not any(
            proposal.region and region and is_at_spot(region, [proposal.region])
            for region in regions
        )
    ]


async def propose_for(
    connection: AsyncConnection, incident: UUID, account: Account, *, now: datetime
) -> tuple[SourceProposals, Proposal]:
    """Return the region that an incident judged false proposes, and where.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        UnprocessableError: It was not judged false, is too old, or shows no boxes.
    """
    source = await store.get_source(connection, incident)
    if source is None or not account.covers(source[3]):
        raise NotFoundError("no_such_incident")
    node, camera, scenario, _ = source
    past = await store.list_past_alerts(connection, node, camera, scenario, since=now - PAST)
    reported = next((alert for alert in past if alert.incident == incident), None)
    if reported is None or not reported.is_false:
        raise UnprocessableError("not_false", "only an incident that was judged false proposes")
    proposal = propose_region(past, reported)
    if proposal is None:
        raise UnprocessableError("no_boxes", "its alert shows nothing in the picture")
    place = SourceProposals(node=node, camera=camera, scenario=scenario, proposals=[proposal])
    return place, proposal


async def apply_region(
    connection: AsyncConnection,
    incident: UUID,
    account: Account,
    *,
    lasts: timedelta,
    max_length: timedelta,
    now: datetime,
) -> Suppression:
    """Withhold the calls of what repeats at the spot of a false incident, with the prediction.

    It is undone in one step: by ending the suppression.

    Raises:
        ForbiddenError: The account decides nothing there.
        NotFoundError: As for ``propose_for``.
        UnprocessableError: As for ``propose_for``; or it lasts too long.
    """
    place, proposal = await propose_for(connection, incident, account, now=now)
    new = NewSuppression(
        kind=SuppressionKind.SUPPRESSION,
        target=SuppressionTarget(
            node=place.node, camera=place.camera, scenario=place.scenario, region=proposal.region
        ),
        reason=VerdictReason.THIS_SPOT,
        starts_at=now,
        ends_at=now + lasts,
        incident=incident,
        prediction=proposal.effect.counts if proposal.effect else None,
    )
    by = Requester(account=account, at=now)
    return await create_suppression(connection, new, by=by, max_length=max_length)
