"""HTTP routes of the fleet: alarms, cameras, nodes, configurations, commands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.accounts.dependencies import Context, DeskContext, RequestContext
from api.errors import NotFoundError
from api.fleet import alarm_store, lost_alerts, presenters, queries
from api.fleet.control import command_store, config_store
from api.fleet.control.commands import issue_command
from api.fleet.control.desired_config import ConfigChange, Requester, set_desired_config
from api.fleet.control.permissions import CONFIGURE, require_permission, require_visible
from api.fleet.schemas import (
    Alarm,
    Camera,
    CameraCommandRequest,
    Command,
    CommandRequest,
    ConfigDetail,
    ConfigUpdate,
    GapLossReport,
    Node,
    NodeDetail,
    NodeId,
)
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page
from pipeline.wire import CommandKind
from pipeline.wire import Node as NodeName

router = APIRouter(prefix="/v1", tags=["fleet"])

NameCursor = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
BootId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
CHANGE_PROBLEMS = problem_responses(401, 403, 404, 409, 422)
MAX_REVISIONS = 50


@router.get("/alarms", responses=problem_responses(401, 403))
async def list_alarms(context: DeskContext) -> Page[Alarm]:
    """List the open fleet alarms of your area, oldest first."""
    alarms = await _open_alarms(context)
    return Page(items=[presenters.alarm_payload(alarm) for alarm in alarms])


@router.get("/cameras", responses=problem_responses(401, 403, 422))
async def list_cameras(
    context: DeskContext, cursor: NameCursor = None, limit: pagination.Limit = 100
) -> Page[Camera]:
    """List the cameras in your area; the cursor is node and name of the last camera."""
    node, _, name = (cursor or "").rpartition("/")
    cameras = await queries.list_cameras(
        context.connection, context.account, after=(node, name), limit=limit
    )
    next_page = f"{cameras[-1].node}/{cameras[-1].name}" if len(cameras) == limit else None
    return Page(items=[presenters.camera_payload(camera) for camera in cameras], next=next_page)


@router.get("/nodes", responses=problem_responses(401, 403, 422))
async def list_nodes(
    context: DeskContext, cursor: NameCursor = None, limit: pagination.Limit = 100
) -> Page[Node]:
    """List the nodes with cameras in your area; the cursor is the name of the last node."""
    nodes = await queries.list_nodes(
        context.connection, context.account, after=cursor or "", limit=limit
    )
    view = await _fleet_view(context, [node.name for node in nodes])
    next_page = nodes[-1].name if len(nodes) == limit else None
    items = [presenters.node_payload(node, view) for node in nodes]
    return Page(items=items, next=next_page)


@router.get("/nodes/{node}", responses=problem_responses(401, 403, 404, 422))
async def read_node(context: DeskContext, node: NodeId) -> NodeDetail:
    """Return one node, its alarms and its sequence gaps."""
    return await _node_detail(context, _node_name(node))


@router.post("/nodes/{node}/gaps/{boot_id}/give-up", responses=CHANGE_PROBLEMS)
async def mark_gap_lost(
    context: Context, node: NodeId, boot_id: BootId, body: GapLossReport
) -> NodeDetail:
    """Mark the missing alerts of one boot as lost: the alarm ends, the loss is audited."""
    name = _node_name(node)
    await require_permission(context.connection, name, context.account, CONFIGURE)
    await lost_alerts.mark_gap_lost(
        context.connection,
        name,
        boot_id,
        by=context.account.name,
        reason=body.reason,
        now=context.now,
    )
    return await _node_detail(context, name)


@router.get("/nodes/{node}/config", responses=problem_responses(401, 403, 404, 422))
async def read_config(context: Context, node: NodeId, response: Response) -> ConfigDetail:
    """Return the desired and the reported configuration of a node, and earlier revisions."""
    name = _node_name(node)
    await require_permission(context.connection, name, context.account, CONFIGURE)
    return await _config_detail(context, name, response)


@router.put("/nodes/{node}/config", responses=CHANGE_PROBLEMS)
async def update_config(
    context: Context, node: NodeId, body: ConfigUpdate, response: Response
) -> ConfigDetail:
    """Set the complete desired configuration of a node; the node reports whether it applied it."""
    name = _node_name(node)
    await require_permission(context.connection, name, context.account, CONFIGURE)
    change = ConfigChange(tables=body.config, base_rev=body.rev, note=body.note)
    by = Requester(name=context.account.name, at=context.now)
    await set_desired_config(context.connection, name, change, by=by)
    return await _config_detail(context, name, response)


@router.post("/nodes/{node}/commands", status_code=201, responses=CHANGE_PROBLEMS)
async def create_command(
    context: Context, node: NodeId, body: CommandRequest, key: IdempotencyKey = None
) -> Command:
    """Issue a command to a node; a live event of the node announces the reply."""
    name, kind = _node_name(node), CommandKind(body.kind)
    await require_permission(context.connection, name, context.account, kind)
    by = Requester(
        name=context.account.name, at=context.now, idem_key=context.account.scoped_key(key)
    )
    camera = body.camera if isinstance(body, CameraCommandRequest) else None
    command = await issue_command(context.connection, name, kind, camera=camera, by=by)
    return presenters.command_payload(command, now=context.now)


@router.get("/nodes/{node}/commands", responses=problem_responses(401, 403, 404, 422))
async def list_commands(
    context: DeskContext,
    node: NodeId,
    cursor: pagination.Cursor = None,
    limit: pagination.Limit = 20,
) -> Page[Command]:
    """List the commands to a node, newest first."""
    await require_visible(context.connection, _node_name(node), context.account)
    commands = await command_store.list_commands(
        context.connection,
        _node_name(node),
        before=pagination.decode_cursor(cursor),
        limit=limit,
    )
    next_page = pagination.next_cursor([(command.at, command.id) for command in commands], limit)
    items = [presenters.command_payload(command, now=context.now) for command in commands]
    return Page(items=items, next=next_page)


@router.get("/nodes/{node}/commands/{command}", responses=problem_responses(401, 403, 404, 422))
async def read_command(context: DeskContext, node: NodeId, command: UUID) -> Command:
    """Return one command and its reply."""
    await require_visible(context.connection, _node_name(node), context.account)
    record = await command_store.get_command(context.connection, _node_name(node), command)
    if record is None:
        raise NotFoundError("no_such_command")
    return presenters.command_payload(record, now=context.now)


def _node_name(node: str) -> NodeName:
    return NodeName.parse(node.replace(".", "/"))


async def _node_detail(context: RequestContext, node: NodeName) -> NodeDetail:
    record = await queries.get_node(context.connection, node, context.account)
    if record is None:
        raise NotFoundError("no_such_node")
    view = await _fleet_view(context, [record.name])
    gaps = await alarm_store.list_sequence_gaps(context.connection, str(node))
    return presenters.node_detail_payload(record, view, gaps)


async def _open_alarms(context: RequestContext) -> list[alarm_store.AlarmRecord]:
    """List the open alarms with the titles of the scenarios that they name."""
    alarms = await alarm_store.list_open_alarms(context.connection, context.account)
    return [presenters.with_titles(alarm, context.services.title_of) for alarm in alarms]


async def _fleet_view(context: RequestContext, nodes: list[str]) -> presenters.FleetView:
    """Load what the payloads of these nodes are made from."""
    return presenters.FleetView(
        cameras=await queries.list_cameras_of_nodes(context.connection, nodes, context.account),
        alarms=await _open_alarms(context),
        account=context.account,
        now=context.now,
    )


async def _config_detail(
    context: RequestContext, node: NodeName, response: Response
) -> ConfigDetail:
    record = await queries.get_node(context.connection, node, context.account)
    if record is None:
        raise NotFoundError("no_such_node")
    revisions = await config_store.list_revisions(context.connection, node, limit=MAX_REVISIONS)
    response.headers["ETag"] = f'"{record.desired_rev or 0}"'
    return presenters.config_detail_payload(record, revisions)
