"""HTTP routes of the audit queue."""

from uuid import UUID

from fastapi import APIRouter

from api.accounts.dependencies import Context, RequestContext
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts import audit
from api.accuracy.verdicts.audit_store import AuditItem
from api.accuracy.verdicts.model import AuditRound
from api.accuracy.verdicts.reasons import reasons_of, value_of
from api.accuracy.verdicts.schemas import (
    AuditedTrue,
    AuditEvidence,
    AuditIncident,
    AuditQueue,
    AuditVerdict,
)
from api.web.problems import problem_responses
from api.web.schemas import DisplayNames, Text

router = APIRouter(prefix="/v1/accuracy", tags=["accuracy"])


@router.get("/audit", responses=problem_responses(401, 403))
async def get_audit_queue(context: Context) -> AuditQueue:
    """Return the next drawn incident that you are to judge."""
    return await _queue(context)


@router.post("/audit/{incident}", responses=problem_responses(401, 403, 404, 422))
async def judge_incident(context: Context, incident: UUID, body: AuditVerdict) -> AuditQueue:
    """Judge a drawn incident; the answer is the next one. A repetition changes nothing."""
    is_true = isinstance(body.verdict, AuditedTrue)
    reason = None if isinstance(body.verdict, AuditedTrue) else body.verdict.reason_code
    await audit.judge(
        context.connection,
        incident,
        VerdictValue.TRUE if is_true else value_of(reason),
        context.account,
        reason=reason or body.note,
        now=context.now,
    )
    return await _queue(context)


@router.post("/audit/{incident}/undo", responses=problem_responses(401, 403, 404, 422))
async def undo_audit(context: Context, incident: UUID) -> AuditQueue:
    """Take back your verdict of the last minute; the incident waits for one again."""
    await audit.undo(context.connection, incident, context.account, now=context.now)
    return await _queue(context)


async def _queue(context: RequestContext) -> AuditQueue:
    queue = await audit.get_queue(context.connection, context.account, now=context.now)
    return AuditQueue(
        next=_payload(queue.item) if queue.item is not None else None, waiting=queue.n_waiting
    )


def _payload(item: AuditItem) -> AuditIncident:
    lead = item.lead
    return AuditIncident(
        incident=item.id,
        is_decision=item.round is AuditRound.DECISION,
        scenario=item.scenario,
        names=DisplayNames(**item.names),
        area_code=item.area_code,
        opened_at=item.created_at,
        message=Text(zh=lead.message.zh, en=lead.message.en) if lead else None,
        evidence=[
            AuditEvidence(
                sha256=evidence.sha256,
                kind=evidence.kind,
                media_type=evidence.media_type,
                is_available=evidence.sha256 in item.available,
            )
            for evidence in (lead.evidence if lead else ())
        ],
        boxes=[(box.x, box.y, box.w, box.h) for box in (lead.boxes if lead else ())],
        reasons=list(reasons_of(item.scenario)),
    )
