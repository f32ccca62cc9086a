"""Pictures and clips: from boxes and phones in, to those who may look out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import JSONResponse

from api.accounts.dependencies import Context, RequestContext, authenticate
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError, PayloadTooLargeError, UnprocessableError
from api.evidence import store as evidence_store
from api.evidence.blobs import MAX_BYTES, MEDIA_TYPES, EvidenceStore, read_verified_body
from api.evidence.byte_range import parse_byte_range
from api.evidence.store import EvidenceRecord
from api.fleet.control import command_store
from api.fleet.control.desired_config import allowed_actions
from api.fleet.store import get_node_areas, publish_node_event
from api.live import store as live_store
from api.web.dependencies import InjectedServices, RequestTime
from api.web.problems import problem_responses
from api.web.schemas import Payload
from api.web.services import Services
from pipeline.wire import CommandKind, Node, verify_signature

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])

Name = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the body")]
NodeName = Annotated[str | None, Header(alias="X-Gridwatch-Node", max_length=200)]
Signature = Annotated[str | None, Header(alias="X-Gridwatch-Signature", max_length=64)]
PICTURES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES}


def get_blobs(request: Request) -> EvidenceStore:
    """Return the store of the bytes."""
    blobs: EvidenceStore = request.app.state.evidence
    return blobs


Blobs = Annotated[EvidenceStore, Depends(get_blobs)]


class Receipt(Payload):
    """It is stored under this name."""

    sha256: str
    bytes: int


@router.put(
    "/{sha256}",
    status_code=201,
    response_model=Receipt,
    responses={
        200: {"model": Receipt, "description": "Was there"},
        **problem_responses(401, 403, 413, 422),
    },
    openapi_extra={"requestBody": {"required": True, "content": PICTURES}},
)
async def put_evidence(
    request: Request,
    sha256: Name,
    *,
    services: InjectedServices,
    blobs: Blobs,
    now: RequestTime,
    node: NodeName = None,
    signature: Signature = None,
) -> JSONResponse:
    """Store a picture or clip; from a box with its signature, from a phone with its login.

    A body of at most 32 MiB, one of the media types named, that has this very SHA-256.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise UnprocessableError("bad_media_type", f"send one of {', '.join(sorted(MEDIA_TYPES))}")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > MAX_BYTES:
        raise PayloadTooLargeError("too_large", f"more than {MAX_BYTES} bytes")
    if node is None:
        who = await authenticate(request, services, now)
        body = await read_verified_body(request.stream(), sha256=sha256)
        stored = EvidenceRecord(sha256, media_type, len(body), account=who.id)
    else:
        body = await _signed_body(request, services, sha256, signer=(node, signature or ""))
        stored = EvidenceRecord(sha256, media_type, len(body), node=node)
    is_new = await _keep(services, blobs, stored, body, now=now)
    told = Receipt(sha256=sha256, bytes=len(body)).model_dump()
    return JSONResponse(told, 201 if is_new else 200)


@router.get(
    "/{sha256}",
    response_class=Response,
    responses={
        200: {"content": PICTURES},
        206: {"content": PICTURES, "description": "The part that a Range header asks for"},
        **problem_responses(401, 404, 416, 422),
    },
)
async def get_evidence(request: Request, visit: Context, blobs: Blobs, sha256: Name) -> Response:
    """Give a picture or clip to who may see an incident with it, or ask its box for one.

    Every look is on record. A single range of bytes is given alone, as players of videos
    ask for it.
    """
    stored = await evidence_store.get_evidence(visit.connection, sha256)
    shown = (
        await evidence_store.list_visible_incidents(visit.connection, sha256, visit.account)
        if stored
        else []
    )
    if stored is None or not (shown or await _is_ours(visit, stored)):
        raise NotFoundError("no_such_evidence")
    part = parse_byte_range(request.headers.get("range", ""), stored.bytes)
    look = AuditEntry(
        at=visit.now,
        actor=visit.account.name,
        action="look",
        incident=shown[0] if shown else None,
        detail={"sha256": sha256},
    )
    await audit_store.record(visit.connection, look)
    try:
        span = (part.start, part.end) if part else None
        body = await blobs.get(sha256, span=span)
    except FileNotFoundError:
        raise NotFoundError("no_such_evidence", "noted, but its bytes are gone") from None
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{sha256[:16]}"',
        "Cache-Control": "private, max-age=3600, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if part:
        headers["Content-Range"] = part.content_range
    return Response(body, 206 if part else 200, headers, media_type=stored.media_type)


async def _is_ours(visit: RequestContext, stored: EvidenceRecord) -> bool:
    """Tell whether one took it oneself, or a box did because somebody asked it to."""
    if stored.node is None:
        return stored.account == visit.account.id
    asked = await command_store.find_snapshot_node(visit.connection, stored.sha256)
    if asked is None:
        return False
    areas = await get_node_areas(visit.connection, Node.parse(asked))
    return CommandKind.SNAPSHOT in allowed_actions(visit.account, areas or [])


async def _signed_body(
    request: Request, services: Services, sha256: str, *, signer: tuple[str, str]
) -> bytes:
    """Read a box's body; a stranger's is not even read."""
    node, signature = signer
    async with services.engine.connect() as connection:
        key = await evidence_store.get_node_key(connection, node)
    if key is None:
        raise ForbiddenError("unknown_node", "enrol it first")
    body = await read_verified_body(request.stream(), sha256=sha256)
    if not verify_signature(key, f"/v1/evidence/{sha256}", body, signature):
        raise ForbiddenError("bad_signature", "not signed with the node's key")
    return body


async def _keep(
    services: Services, blobs: EvidenceStore, stored: EvidenceRecord, body: bytes, *, now: datetime
) -> bool:
    """Bytes first, row after: what the database names is there."""
    async with services.engine.connect() as connection:
        if await evidence_store.get_evidence(connection, stored.sha256):
            return False
    await blobs.put(stored.sha256, body)
    async with services.engine.begin() as connection:
        is_new = await evidence_store.insert_evidence(connection, stored, now=now)
        for incident, area_code in await evidence_store.list_incidents_with_evidence(
            connection, stored.sha256
        ):
            await live_store.publish(connection, "incident", incident, at=now, area_code=area_code)
        if asked := await command_store.find_snapshot_node(connection, stored.sha256):
            await publish_node_event(connection, asked, now=now)
        await live_store.notify_listeners(connection)
    return is_new
