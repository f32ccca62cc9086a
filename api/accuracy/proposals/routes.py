"""HTTP routes of proposals and scorecards."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from api.accounts.dependencies import DeskContext, RequestContext
from api.accuracy.proposals import scorecard, service
from api.accuracy.proposals.model import Effect, Proposal
from api.accuracy.proposals.schemas import (
    ApplyRegion,
    ComputedList,
    ProposalEffect,
    ProposedChange,
    Scorecard,
    SourceProposals,
)
from api.suppressions.routes import present_suppression
from api.suppressions.schemas import Suppression
from api.web.problems import problem_responses
from api.web.schemas import Text

MAX_CARDS = 200
COSTLY_FROM = 20_000
"""Incidents of scorecards that take half a second; smaller ones are always computed anew."""
PROPOSALS = "proposals"
MAX_NAMED = 100
"""Alerts that an effect names."""

router = APIRouter(prefix="/v1/accuracy", tags=["accuracy"])


@router.get("/proposals", responses=problem_responses(401, 403))
async def list_proposals(context: DeskContext) -> ComputedList[SourceProposals]:
    """List what would end the false alerts of your area, with what it would have cost."""
    found = await _find(context)
    return ComputedList(
        items=[_source(context, source) for source in found.sources],
        computed_at=found.computed_at,
    )


@router.get("/proposals/{incident}", responses=problem_responses(401, 403, 404, 422))
async def get_proposal(context: DeskContext, incident: UUID) -> SourceProposals:
    """Return the region that an incident judged false proposes, useful or not."""
    place, _ = await service.propose_for(
        context.connection, incident, context.account, now=context.now
    )
    return _source(context, place)


@router.post("/proposals", status_code=201, responses=problem_responses(401, 403, 404, 422))
async def apply_proposal(context: DeskContext, body: ApplyRegion) -> Suppression:
    """Apply a proposed region: a suppression that ends by itself, or when you end it."""
    suppression = await service.apply_region(
        context.connection,
        body.incident,
        context.account,
        lasts=timedelta(days=body.days),
        max_length=context.services.max_suppression,
        now=context.now,
    )
    context.services.recent_results.forget(PROPOSALS)
    return present_suppression(suppression, context.now)


@router.get("/scorecards", responses=problem_responses(401, 403))
async def list_scorecards(context: DeskContext) -> ComputedList[Scorecard]:
    """List how each camera, scenario and model of your area is doing, most false alerts first."""
    found = await _find(context)
    return ComputedList(
        items=[_card(context, card) for card in found.scorecards[:MAX_CARDS]],
        computed_at=found.computed_at,
    )


async def _find(context: RequestContext) -> service.AreaProposals:
    """Return the proposals and scorecards of an area; large ones are up to five minutes old."""

    async def compute() -> service.AreaProposals:
        return await service.find_proposals(context.connection, context.account, now=context.now)

    return await context.services.recent_results.get(
        (PROPOSALS, context.account.area_code, context.account.sees_unplaced),
        compute,
        is_costly=lambda found: found.incidents >= COSTLY_FROM,
        now=context.now,
    )


def _card(context: RequestContext, card: scorecard.Scorecard) -> Scorecard:
    return Scorecard(
        kind=card.kind,
        key=list(card.key),
        n=card.n,
        n_true=card.n_true,
        n_false=card.n_false,
        n_benign=card.n_benign,
        true_share=card.true_share,
        low=card.low,
        high=card.high,
        suggestions=[_source(context, source) for source in card.suggestions],
    )


def _source(context: RequestContext, source: scorecard.SourceProposals) -> SourceProposals:
    title = context.services.title_of(source.scenario)
    return SourceProposals(
        node=source.node,
        camera=source.camera,
        scenario=source.scenario,
        title=Text(zh=title.zh, en=title.en),
        proposals=[_proposal(proposal) for proposal in source.proposals],
    )


def _proposal(proposal: Proposal) -> ProposedChange:
    region = proposal.region
    return ProposedChange(
        change=proposal.change,
        incident=proposal.incident,
        region=(region.x, region.y, region.w, region.h) if region else None,
        parameter=proposal.parameter,
        value=proposal.value,
        effect=_effect(proposal.effect) if proposal.effect else None,
        reasons=proposal.reasons,
    )


def _effect(effect: Effect) -> ProposalEffect:
    return ProposalEffect(
        false_removed=list(effect.false_removed[:MAX_NAMED]),
        n_false_removed=len(effect.false_removed),
        false_total=effect.false_total,
        true_lost=list(effect.true_lost[:MAX_NAMED]),
        n_true_lost=len(effect.true_lost),
        true_total=effect.true_total,
        others_removed=effect.others_removed,
    )
