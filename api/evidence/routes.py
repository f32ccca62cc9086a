"""Pictures and clips: from boxes and phones in, to those who may look out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import JSONResponse

from api.database import unit_of_work
from api.database.unit_of_work import AuditEntry
from api.evidence import store as evidence_store
from api.evidence.blobs import LARGEST, MEDIA_TYPES, collect
from api.evidence.byte_range import part_of
from api.evidence.store import Stored
from api.fleet import command_store
from api.fleet.desired_config import allowed
from api.fleet.store import areas_of, tell_node
from api.refusals import ForbiddenError, ImpossibleError, NotFoundError, TooLargeError
from api.web.dependencies import Now, Parts, Visit, Visiting, account_of
from api.web.problems import answers
from api.web.schemas import Payload
from api.web.services import Services
from pipeline.wire import CommandKind, Node, is_signed

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])

Name = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the body")]
NodeName = Annotated[str | None, Header(alias="X-Gridwatch-Node", max_length=200)]
Signature = Annotated[str | None, Header(alias="X-Gridwatch-Signature", max_length=64)]
PICTURES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES}


class Receipt(Payload):
    """It is stored under this name."""

    sha256: str
    bytes: int


@router.put(
    "/{sha256}",
    status_code=201,
    response_model=Receipt,
    responses={200: {"model": Receipt, "description": "Was there"}, **answers(401, 403, 413, 422)},
    openapi_extra={"requestBody": {"required": True, "content": PICTURES}},
)
async def put_evidence(
    request: Request,
    sha256: Name,
    *,
    services: Parts,
    now: Now,
    node: NodeName = None,
    signature: Signature = None,
) -> JSONResponse:
    """Store a picture or clip; from a box with its signature, from a phone with its login.

    A body of at most 32 MiB, one of the media types named, that has this very SHA-256.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise ImpossibleError("bad_media_type", f"send one of {', '.join(sorted(MEDIA_TYPES))}")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > LARGEST:
        raise TooLargeError("too_large", f"more than {LARGEST} bytes")
    if node is None:
        who = await account_of(request, services, now)
        body = await collect(request.stream(), sha256=sha256)
        stored = Stored(sha256, media_type, len(body), account=who.id)
    else:
        body = await _signed_body(request, services, sha256, signer=(node, signature or ""))
        stored = Stored(sha256, media_type, len(body), node=node)
    is_new = await _keep(services, stored, body, now=now)
    told = Receipt(sha256=sha256, bytes=len(body)).model_dump()
    return JSONResponse(told, 201 if is_new else 200)


@router.get(
    "/{sha256}",
    response_class=Response,
    responses={
        200: {"content": PICTURES},
        206: {"content": PICTURES, "description": "The part that a Range header asks for"},
        **answers(401, 404, 416, 422),
    },
)
async def get_evidence(request: Request, visit: Visiting, sha256: Name) -> Response:
    """Give a picture or clip to who may see an incident with it, or ask its box for one.

    Every look is on record. A single range of bytes is given alone, as players of videos
    ask for it.
    """
    stored = await evidence_store.find(visit.connection, sha256)
    shown = await evidence_store.shown_in(visit.connection, sha256, visit.who) if stored else []
    if stored is None or not (shown or await _is_ours(visit, stored)):
        raise NotFoundError("no_such_evidence")
    part = part_of(request.headers.get("range", ""), stored.bytes)
    look = AuditEntry(
        at=visit.now,
        actor=visit.who.name,
        action="look",
        incident=shown[0] if shown else None,
        detail={"sha256": sha256},
    )
    await unit_of_work.record(visit.connection, look)
    try:
        span = (part.start, part.end) if part else None
        body = await visit.services.evidence.get(sha256, span=span)
    except FileNotFoundError:
        raise NotFoundError("no_such_evidence", "noted, but its bytes are gone") from None
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{sha256[:16]}"',
        "Cache-Control": "private, max-age=3600, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if part:
        headers["Content-Range"] = part.header
    return Response(body, 206 if part else 200, headers, media_type=stored.media_type)


async def _is_ours(visit: Visit, stored: Stored) -> bool:
    """Tell whether one took it oneself, or a box did because somebody asked it to."""
    if stored.node is None:
        return stored.account == visit.who.id
    asked = await command_store.snapshot_of(visit.connection, stored.sha256)
    if asked is None:
        return False
    areas = await areas_of(visit.connection, Node.parse(asked))
    return CommandKind.SNAPSHOT in allowed(visit.who, areas or [])


async def _signed_body(
    request: Request, services: Services, sha256: str, *, signer: tuple[str, str]
) -> bytes:
    """Read a box's body; a stranger's is not even read."""
    node, signature = signer
    async with services.engine.connect() as connection:
        key = await evidence_store.key_of(connection, node)
    if key is None:
        raise ForbiddenError("unknown_node", "enrol it first")
    body = await collect(request.stream(), sha256=sha256)
    if not is_signed(key, f"/v1/evidence/{sha256}", body, signature):
        raise ForbiddenError("bad_signature", "not signed with the node's key")
    return body


async def _keep(services: Services, stored: Stored, body: bytes, *, now: datetime) -> bool:
    """Bytes first, row after: what the database names is there."""
    async with services.engine.connect() as connection:
        if await evidence_store.find(connection, stored.sha256):
            return False
    await services.evidence.put(stored.sha256, body)
    async with services.engine.begin() as connection:
        is_new = await evidence_store.add(connection, stored, now=now)
        for incident, area_code in await evidence_store.pages_of(connection, stored.sha256):
            await unit_of_work.publish(
                connection, "incident", incident, at=now, area_code=area_code
            )
        if asked := await command_store.snapshot_of(connection, stored.sha256):
            await tell_node(connection, asked, now=now)
        await unit_of_work.notify_listeners(connection)
    return is_new
