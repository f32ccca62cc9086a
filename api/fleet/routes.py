"""Boxes and cameras from afar: how they fare, what is wanted of them, what they are asked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.database import unit_of_work
from api.database.unit_of_work import AuditEntry
from api.evidence import store as evidence_store
from api.fleet import alarm_store, command_store, config_store, desired_config, presenters
from api.fleet import queries as stored
from api.fleet.command_store import CommandRecord
from api.fleet.desired_config import CONFIGURE, Asker, Wish
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
from api.fleet.store import tell_node
from api.incidents.review import scoped_key
from api.refusals import NotFoundError
from api.web import pagination
from api.web.dependencies import Key, Visit, Visiting, VisitingDesk
from api.web.problems import answers
from api.web.schemas import Page
from pipeline.wire import CommandKind
from pipeline.wire import Node as Named

router = APIRouter(prefix="/v1", tags=["fleet"])

After = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
BootId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
CHANGES = answers(401, 403, 404, 409, 422)
HISTORY = 50


@router.get("/alarms", responses=answers(401, 403))
async def list_alarms(visit: VisitingDesk) -> Page[Alarm]:
    """List what is amiss in the fleet now, the oldest first."""
    return Page(
        items=[presenters.alarm(one) for one in await alarm_store.standing(visit.connection)]
    )


@router.get("/cameras", responses=answers(401, 403, 422))
async def list_cameras(
    visit: VisitingDesk, cursor: After = None, limit: pagination.Limit = 100
) -> Page[Camera]:
    """List the cameras of your area; the cursor is the last one's node and name."""
    node, _, name = (cursor or "").rpartition("/")
    found = await stored.cameras(visit.connection, visit.who, after=(node, name), limit=limit)
    following = f"{found[-1].node}/{found[-1].name}" if len(found) == limit else None
    return Page(items=[presenters.camera(one) for one in found], next=following)


@router.get("/nodes", responses=answers(401, 403, 422))
async def list_nodes(
    visit: VisitingDesk, cursor: After = None, limit: pagination.Limit = 100
) -> Page[Node]:
    """List the boxes; the cursor is the last one's name."""
    found = await stored.nodes(visit.connection, after=cursor or "", limit=limit)
    amiss = await alarm_store.standing(visit.connection)
    following = found[-1].name if len(found) == limit else None
    return Page(items=[presenters.node(one, amiss, visit.who) for one in found], next=following)


@router.get("/nodes/{node}", responses=answers(401, 403, 404, 422))
async def read_node(visit: VisitingDesk, node: NodeId) -> NodeDetail:
    """Tell how one box fares, and which alerts of it never came."""
    return await _detail(visit, _named(node))


@router.post("/nodes/{node}/gaps/{boot_id}/give-up", responses=CHANGES)
async def give_up(visit: Visiting, node: NodeId, boot_id: BootId, given: GiveUp) -> NodeDetail:
    """Take the missing alerts of one boot for lost: the alarm ends, the loss is on record."""
    named = _named(node)
    await desired_config.refuse_unless(visit.connection, named, visit.who, CONFIGURE)
    who, now = visit.who.name, visit.now
    if not await alarm_store.give_up(visit.connection, str(named), boot_id, by=who, now=now):
        raise NotFoundError("no_such_gap")
    detail: dict[str, object] = {"node": str(named), "boot_id": boot_id}
    entry = AuditEntry(at=now, actor=who, action="give_up", reason=given.reason, detail=detail)
    await unit_of_work.record(visit.connection, entry)
    await tell_node(visit.connection, named, now=now)
    await unit_of_work.notify_listeners(visit.connection)
    return await _detail(visit, named)


@router.get("/nodes/{node}/config", responses=answers(401, 403, 404, 422))
async def read_config(visit: Visiting, node: NodeId, response: Response) -> ConfigDetail:
    """Tell what is wanted of a box, what it obeys, and what was wanted before."""
    named = _named(node)
    await desired_config.refuse_unless(visit.connection, named, visit.who, CONFIGURE)
    return await _config(visit, named, response)


@router.put("/nodes/{node}/config", responses=CHANGES)
async def want_config(
    visit: Visiting, node: NodeId, given: Want, response: Response
) -> ConfigDetail:
    """Say what a box shall do from now on, whole; it answers with applied or its reasons."""
    named = _named(node)
    await desired_config.refuse_unless(visit.connection, named, visit.who, CONFIGURE)
    wish = Wish(tables=given.config, base=given.rev, note=given.note)
    by = Asker(name=visit.who.name, at=visit.now)
    await desired_config.want(visit.connection, named, wish, by=by)
    return await _config(visit, named, response)


@router.post("/nodes/{node}/commands", status_code=201, responses=CHANGES)
async def ask(visit: Visiting, node: NodeId, given: Ask, key: Key = None) -> Command:
    """Ask a box to do something now; the answer comes with the node's next event."""
    named, kind = _named(node), CommandKind(given.kind)
    await desired_config.refuse_unless(visit.connection, named, visit.who, kind)
    by = Asker(name=visit.who.name, at=visit.now, idem_key=scoped_key(visit.who, key))
    camera = given.camera if isinstance(given, AskCamera) else None
    made = await desired_config.ask(visit.connection, named, kind, camera=camera, by=by)
    return await _shown(visit, made)


@router.get("/nodes/{node}/commands", responses=answers(401, 403, 404, 422))
async def list_commands(
    visit: VisitingDesk,
    node: NodeId,
    cursor: pagination.Written = None,
    limit: pagination.Limit = 20,
) -> Page[Command]:
    """List what a box was asked, the newest first."""
    before = pagination.read(cursor)
    found = await command_store.page(visit.connection, _named(node), before=before, limit=limit)
    following = pagination.following([(one.at, one.id) for one in found], limit)
    return Page(items=[await _shown(visit, one) for one in found], next=following)


@router.get("/nodes/{node}/commands/{command}", responses=answers(401, 403, 404, 422))
async def read_command(visit: VisitingDesk, node: NodeId, command: UUID) -> Command:
    """Tell one question and its answer."""
    found = await command_store.one(visit.connection, _named(node), command)
    if found is None:
        raise NotFoundError("no_such_command")
    return await _shown(visit, found)


def _named(node: str) -> Named:
    return Named.parse(node.replace(".", "/"))


async def _detail(visit: Visit, node: Named) -> NodeDetail:
    found = await stored.node(visit.connection, node)
    if found is None:
        raise NotFoundError("no_such_node")
    amiss = await alarm_store.standing(visit.connection)
    holes = await alarm_store.holes_of(visit.connection, str(node))
    return presenters.node_detail(found, amiss, holes, visit.who)


async def _config(visit: Visit, node: Named, response: Response) -> ConfigDetail:
    found = await stored.node(visit.connection, node)
    if found is None:
        raise NotFoundError("no_such_node")
    past = await config_store.history(visit.connection, node, limit=HISTORY)
    response.headers["ETag"] = f'"{found.wanted_rev or 0}"'
    return presenters.config_detail(found, past)


async def _shown(visit: Visit, one: CommandRecord) -> Command:
    snapshot = presenters.snapshot_of(one)
    here = (
        snapshot is not None and await evidence_store.find(visit.connection, snapshot) is not None
    )
    return presenters.command(one, is_here=here, now=visit.now)
