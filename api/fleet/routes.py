"""Boxes and cameras from afar: how they fare, what is wanted of them, what they are asked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.accounts.dependencies import Context, DeskContext, RequestContext
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotFoundError
from api.evidence import store as evidence_store
from api.fleet import alarm_store, presenters
from api.fleet import queries as stored
from api.fleet.control import command_store, config_store, desired_config
from api.fleet.control.command_store import CommandRecord
from api.fleet.control.desired_config import CONFIGURE, ConfigChange, Requester
from api.fleet.schemas import (
    Alarm,
    Ask,
    AskCamera,
    Camera,
    Command,
    ConfigDetail,
    GiveUp,
    Node,
    NodeDetail,
    NodeId,
    Want,
)
from api.fleet.store import publish_node_event
from api.incidents.idempotency import scoped_key
from api.live import store as live_store
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page
from pipeline.wire import CommandKind
from pipeline.wire import Node as Named

router = APIRouter(prefix="/v1", tags=["fleet"])

After = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
BootId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
CHANGES = problem_responses(401, 403, 404, 409, 422)
HISTORY = 50


@router.get("/alarms", responses=problem_responses(401, 403))
async def list_alarms(visit: DeskContext) -> Page[Alarm]:
    """List what is amiss in the fleet now, the oldest first."""
    return Page(
        items=[
            presenters.alarm_payload(one)
            for one in await alarm_store.list_open_alarms(visit.connection)
        ]
    )


@router.get("/cameras", responses=problem_responses(401, 403, 422))
async def list_cameras(
    visit: DeskContext, cursor: After = None, limit: pagination.Limit = 100
) -> Page[Camera]:
    """List the cameras of your area; the cursor is the last one's node and name."""
    node, _, name = (cursor or "").rpartition("/")
    found = await stored.list_cameras(
        visit.connection, visit.account, after=(node, name), limit=limit
    )
    following = f"{found[-1].node}/{found[-1].name}" if len(found) == limit else None
    return Page(items=[presenters.camera_payload(one) for one in found], next=following)


@router.get("/nodes", responses=problem_responses(401, 403, 422))
async def list_nodes(
    visit: DeskContext, cursor: After = None, limit: pagination.Limit = 100
) -> Page[Node]:
    """List the boxes; the cursor is the last one's name."""
    found = await stored.list_nodes(visit.connection, after=cursor or "", limit=limit)
    amiss = await alarm_store.list_open_alarms(visit.connection)
    following = found[-1].name if len(found) == limit else None
    return Page(
        items=[presenters.node_payload(one, amiss, visit.account) for one in found], next=following
    )


@router.get("/nodes/{node}", responses=problem_responses(401, 403, 404, 422))
async def read_node(visit: DeskContext, node: NodeId) -> NodeDetail:
    """Tell how one box fares, and which alerts of it never came."""
    return await _detail(visit, _named(node))


@router.post("/nodes/{node}/gaps/{boot_id}/give-up", responses=CHANGES)
async def give_up(visit: Context, node: NodeId, boot_id: BootId, given: GiveUp) -> NodeDetail:
    """Take the missing alerts of one boot for lost: the alarm ends, the loss is on record."""
    named = _named(node)
    await desired_config.require_permission(visit.connection, named, visit.account, CONFIGURE)
    who, now = visit.account.name, visit.now
    if not await alarm_store.mark_gap_lost(visit.connection, str(named), boot_id, by=who, now=now):
        raise NotFoundError("no_such_gap")
    detail: dict[str, object] = {"node": str(named), "boot_id": boot_id}
    entry = AuditEntry(at=now, actor=who, action="give_up", reason=given.reason, detail=detail)
    await audit_store.record(visit.connection, entry)
    await publish_node_event(visit.connection, named, now=now)
    await live_store.notify_listeners(visit.connection)
    return await _detail(visit, named)


@router.get("/nodes/{node}/config", responses=problem_responses(401, 403, 404, 422))
async def read_config(visit: Context, node: NodeId, response: Response) -> ConfigDetail:
    """Tell what is wanted of a box, what it obeys, and what was wanted before."""
    named = _named(node)
    await desired_config.require_permission(visit.connection, named, visit.account, CONFIGURE)
    return await _config(visit, named, response)


@router.put("/nodes/{node}/config", responses=CHANGES)
async def want_config(
    visit: Context, node: NodeId, given: Want, response: Response
) -> ConfigDetail:
    """Say what a box shall do from now on, whole; it answers with applied or its reasons."""
    named = _named(node)
    await desired_config.require_permission(visit.connection, named, visit.account, CONFIGURE)
    wish = ConfigChange(tables=given.config, base_rev=given.rev, note=given.note)
    by = Requester(name=visit.account.name, at=visit.now)
    await desired_config.set_desired_config(visit.connection, named, wish, by=by)
    return await _config(visit, named, response)


@router.post("/nodes/{node}/commands", status_code=201, responses=CHANGES)
async def ask(visit: Context, node: NodeId, given: Ask, key: IdempotencyKey = None) -> Command:
    """Ask a box to do something now; the answer comes with the node's next event."""
    named, kind = _named(node), CommandKind(given.kind)
    await desired_config.require_permission(visit.connection, named, visit.account, kind)
    by = Requester(name=visit.account.name, at=visit.now, idem_key=scoped_key(visit.account, key))
    camera = given.camera if isinstance(given, AskCamera) else None
    made = await desired_config.issue_command(visit.connection, named, kind, camera=camera, by=by)
    return await _shown(visit, made)


@router.get("/nodes/{node}/commands", responses=problem_responses(401, 403, 404, 422))
async def list_commands(
    visit: DeskContext,
    node: NodeId,
    cursor: pagination.Cursor = None,
    limit: pagination.Limit = 20,
) -> Page[Command]:
    """List what a box was asked, the newest first."""
    before = pagination.decode_cursor(cursor)
    found = await command_store.list_commands(
        visit.connection, _named(node), before=before, limit=limit
    )
    following = pagination.next_cursor([(one.at, one.id) for one in found], limit)
    return Page(items=[await _shown(visit, one) for one in found], next=following)


@router.get("/nodes/{node}/commands/{command}", responses=problem_responses(401, 403, 404, 422))
async def read_command(visit: DeskContext, node: NodeId, command: UUID) -> Command:
    """Tell one question and its answer."""
    found = await command_store.get_command(visit.connection, _named(node), command)
    if found is None:
        raise NotFoundError("no_such_command")
    return await _shown(visit, found)


def _named(node: str) -> Named:
    return Named.parse(node.replace(".", "/"))


async def _detail(visit: RequestContext, node: Named) -> NodeDetail:
    found = await stored.get_node(visit.connection, node)
    if found is None:
        raise NotFoundError("no_such_node")
    amiss = await alarm_store.list_open_alarms(visit.connection)
    holes = await alarm_store.list_sequence_gaps(visit.connection, str(node))
    return presenters.node_detail_payload(found, amiss, holes, visit.account)


async def _config(visit: RequestContext, node: Named, response: Response) -> ConfigDetail:
    found = await stored.get_node(visit.connection, node)
    if found is None:
        raise NotFoundError("no_such_node")
    past = await config_store.list_revisions(visit.connection, node, limit=HISTORY)
    response.headers["ETag"] = f'"{found.wanted_rev or 0}"'
    return presenters.config_detail_payload(found, past)


async def _shown(visit: RequestContext, one: CommandRecord) -> Command:
    snapshot = presenters.snapshot_sha256(one)
    here = (
        snapshot is not None
        and await evidence_store.get_evidence(visit.connection, snapshot) is not None
    )
    return presenters.command_payload(one, is_here=here, now=visit.now)
