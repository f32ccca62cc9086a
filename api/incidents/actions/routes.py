"""What operators do with an incident; every route answers with the incident after the action."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from api.accounts.dependencies import Context, RequestContext
from api.errors import ConflictError
from api.incidents.actions import (
    dispatching,
    ending,
    level_and_notes,
    merge_and_split,
    review,
    schemas,
    suspension,
)
from api.incidents.actions.dispatching import Addressee
from api.incidents.actions.request import ActionRequest
from api.incidents.actions.review import Rejection
from api.incidents.actions.undo import undo
from api.incidents.detail import present_detail
from api.incidents.lifecycle import Action
from api.incidents.merging.plan import BOTH_TAKEN
from api.incidents.schemas import IncidentDetail
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses

router = APIRouter(
    prefix="/v1/incidents/{incident}",
    tags=["incidents"],
    responses=problem_responses(401, 403, 404, 409, 422),
)


@router.post("/confirm")
async def confirm_incident(
    visit: Context, incident: UUID, body: schemas.Confirm, key: IdempotencyKey = None
) -> IncidentDetail:
    """Confirm an incident: it is filed, and the worker on duty is notified."""
    request = _request(visit, Action.CONFIRM, body.version, reason=body.reason, key=key)
    await review.confirm(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/reject")
async def reject_incident(
    visit: Context, incident: UUID, body: schemas.Reject, key: IdempotencyKey = None
) -> IncidentDetail:
    """Reject an incident: its order and the notifications not yet sent are cancelled."""
    seconds = body.suppress_for_s
    rejection = Rejection(
        code=body.reason_code,
        text=body.reason,
        suppress_for=timedelta(seconds=seconds) if seconds is not None else None,
        max_suppression=visit.services.max_suppression,
    )
    request = _request(visit, Action.REJECT, body.version, key=key)
    await review.reject(visit.connection, incident, rejection, request)
    return await present_detail(visit, incident)


@router.post("/undo")
async def undo_review(
    visit: Context, incident: UUID, body: schemas.Undo, key: IdempotencyKey = None
) -> IncidentDetail:
    """Take back your own confirmation or rejection, within 10 seconds."""
    await undo(visit.connection, incident, _request(visit, Action.UNDO, body.version, key=key))
    return await present_detail(visit, incident)


@router.post("/dispatch")
async def dispatch_incident(
    visit: Context, incident: UUID, body: schemas.Dispatch, key: IdempotencyKey = None
) -> IncidentDetail:
    """Dispatch an incident to a person or post of your choice."""
    request = _request(visit, Action.DISPATCH, body.version, reason=body.reason, key=key)
    addressee = Addressee(**body.to.model_dump())
    await dispatching.dispatch(visit.connection, incident, addressee, request)
    return await present_detail(visit, incident)


@router.post("/reassign")
async def reassign_incident(
    visit: Context, incident: UUID, body: schemas.Reassign, key: IdempotencyKey = None
) -> IncidentDetail:
    """Give the open order to somebody else; whoever held it is notified."""
    request = _request(visit, Action.REASSIGN, body.version, reason=body.reason, key=key)
    addressee = Addressee(**body.to.model_dump())
    await dispatching.dispatch(visit.connection, incident, addressee, request)
    return await present_detail(visit, incident)


@router.post("/recall")
async def recall_order(
    visit: Context, incident: UUID, body: schemas.Recall, key: IdempotencyKey = None
) -> IncidentDetail:
    """Withdraw the open order: who is on duty is notified anew, or the desk decides again."""
    action = Action.RECALL if body.to == "duty" else Action.RECALL_TO_DESK
    request = _request(visit, action, body.version, reason=body.reason, key=key)
    await dispatching.recall(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/colleagues")
async def add_colleague(
    visit: Context, incident: UUID, body: schemas.AddColleague, key: IdempotencyKey = None
) -> IncidentDetail:
    """Add a person to the open order, who may act on it like its handler."""
    request = _request(visit, Action.ADD_COLLEAGUE, body.version, reason=body.reason, key=key)
    await dispatching.add_colleague(visit.connection, incident, body.account, request)
    return await present_detail(visit, incident)


@router.post("/level")
async def change_level(
    visit: Context, incident: UUID, body: schemas.ChangeLevel, key: IdempotencyKey = None
) -> IncidentDetail:
    """Change the level: a higher one shortens the clock, a lower one starts it anew."""
    request = _request(visit, Action.CHANGE_LEVEL, body.version, reason=body.reason, key=key)
    await level_and_notes.change_level(visit.connection, incident, body.level, request)
    return await present_detail(visit, incident)


@router.post("/notes")
async def add_note(
    visit: Context, incident: UUID, body: schemas.Note, key: IdempotencyKey = None
) -> IncidentDetail:
    """Add a note to the history; notes are never changed."""
    request = _request(visit, Action.NOTE, None, reason=body.text, key=key)
    await level_and_notes.add_note(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/suspend")
async def suspend_incident(
    visit: Context, incident: UUID, body: schemas.Suspend, key: IdempotencyKey = None
) -> IncidentDetail:
    """Suspend an incident until a date: its clocks stand still, and it resumes by itself."""
    request = _request(visit, Action.SUSPEND, body.version, reason=body.reason, key=key)
    await suspension.suspend(visit.connection, incident, body.until, request)
    return await present_detail(visit, incident)


@router.post("/resume")
async def resume_incident(
    visit: Context, incident: UUID, body: schemas.Resume, key: IdempotencyKey = None
) -> IncidentDetail:
    """End a suspension before its time."""
    request = _request(visit, Action.RESUME, body.version, reason=body.reason, key=key)
    await suspension.resume(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/propose-cancel")
async def propose_cancel(
    visit: Context, incident: UUID, body: schemas.ProposeCancel, key: IdempotencyKey = None
) -> IncidentDetail:
    """Propose to cancel an incident; another person has to agree within 24 hours."""
    request = _request(visit, Action.PROPOSE_CANCEL, body.version, reason=body.reason, key=key)
    await ending.propose_cancel(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/cancel")
async def cancel_incident(
    visit: Context, incident: UUID, body: schemas.Cancel, key: IdempotencyKey = None
) -> IncidentDetail:
    """Cancel an incident that another person has proposed to cancel."""
    request = _request(visit, Action.CANCEL, body.version, reason=body.reason, key=key)
    await ending.cancel(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/reopen")
async def reopen_incident(
    visit: Context, incident: UUID, body: schemas.Reopen, key: IdempotencyKey = None
) -> IncidentDetail:
    """Reopen an incident that ended within 7 days; if it is open again, the two are linked."""
    request = _request(visit, Action.REOPEN, body.version, reason=body.reason, key=key)
    await ending.reopen(visit.connection, incident, request)
    return await present_detail(visit, incident)


@router.post("/merge")
async def merge_incident(
    visit: Context, incident: UUID, body: schemas.Merge, key: IdempotencyKey = None
) -> IncidentDetail:
    """Merge an incident into another one; if a person works on it alone, the other way round.

    If persons work on both, the merge is refused, and the two are linked.
    """
    request = _request(visit, Action.MERGE, body.version, reason=body.reason, key=key)
    try:
        await merge_and_split.merge(visit.connection, incident, body.into, request)
    except ConflictError as error:
        if error.code == BOTH_TAKEN:
            await visit.connection.rollback()
            async with visit.services.engine.begin() as connection:
                await merge_and_split.link(connection, incident, body.into, request)
        raise
    return await present_detail(visit, incident)


@router.post("/split")
async def split_incident(
    visit: Context, incident: UUID, body: schemas.Split, key: IdempotencyKey = None
) -> IncidentDetail:
    """Take an incident out of the one it was merged into: it is open again, with its alerts."""
    request = _request(visit, Action.SPLIT, body.version, reason=body.reason, key=key)
    await merge_and_split.split(visit.connection, incident, request)
    return await present_detail(visit, incident)


def _request(
    visit: RequestContext,
    action: Action,
    version: int | None,
    *,
    reason: str = "",
    key: str | None,
) -> ActionRequest:
    return ActionRequest(
        action=action,
        account=visit.account,
        at=visit.now,
        version=version,
        reason=reason,
        idem_key=key,
        has_webhook=visit.services.has_webhook,
    )
