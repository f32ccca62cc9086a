"""HTTP routes of evidence: uploads of nodes and phones, downloads for authorized accounts."""

from collections.abc import Iterator
from typing import IO, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field

from api.accounts.dependencies import Context, DeskContext, authenticate
from api.accounts.store import SUPERVISOR_ROLES
from api.errors import ForbiddenError, NotFoundError, PayloadTooLargeError, UnprocessableError
from api.evidence.blobs import MAX_BYTES, EvidenceStore, read_verified_body
from api.evidence.byte_range import parse_byte_range
from api.evidence.content_check import MEDIA_TYPES
from api.evidence.export.package import CHUNK_BYTES, export_incident
from api.evidence.permissions import Purpose, authorize_view
from api.evidence.store import EvidenceRecord
from api.evidence.uploads import store_upload
from api.fleet.store import get_node_keys
from api.web.dependencies import InjectedServices, RequestTime
from api.web.problems import problem_responses
from api.web.schemas import Payload
from api.web.services import Services
from pipeline.wire import verify_signature

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])

Name = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the body")]
NodeName = Annotated[str | None, Header(alias="X-Gridwatch-Node", max_length=200)]
StatedPurpose = Annotated[Purpose | None, Query(description="Why you look; recorded")]
Signature = Annotated[str | None, Header(alias="X-Gridwatch-Signature", max_length=64)]
BODY_CONTENT = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES}


def get_blobs(request: Request) -> EvidenceStore:
    """Return the store of the bytes."""
    blobs: EvidenceStore = request.app.state.evidence
    return blobs


Blobs = Annotated[EvidenceStore, Depends(get_blobs)]


class Receipt(Payload):
    """Confirmation that evidence is stored under its SHA-256."""

    sha256: str
    bytes: int


class ExportRequest(Payload):
    """What to export of an incident, and why."""

    purpose: Purpose
    with_unredacted: Annotated[
        bool, Field(description="Also pictures on which heads are not hidden, such as photos")
    ] = False


@router.put(
    "/{sha256}",
    status_code=201,
    response_model=Receipt,
    responses={
        200: {"model": Receipt, "description": "It was already stored"},
        **problem_responses(401, 403, 413, 422, 429, 507),
    },
    openapi_extra={"requestBody": {"required": True, "content": BODY_CONTENT}},
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
    """Store a snapshot, clip or photo.

    A node signs the body, a phone sends its session cookie. The body has at most 32 MiB, one of
    the listed media types, and the SHA-256 of the address. An account stores at most 500 files
    and 2 GiB in 24 hours, a node 20,000 files and 50 GiB.
    """
    media_type = _check_headers(request)
    if node is None:
        account = await authenticate(request, services, now)
        body = await read_verified_body(request.stream(), sha256=sha256)
        record = EvidenceRecord(sha256, media_type, len(body), account=account.id)
    else:
        body = await _read_signed_body(request, services, sha256, signer=(node, signature or ""))
        record = EvidenceRecord(sha256, media_type, len(body), node=node)
    is_new = await store_upload(services.engine, blobs, record, body, now=now)
    receipt = Receipt(sha256=sha256, bytes=len(body)).model_dump()
    return JSONResponse(receipt, 201 if is_new else 200)


@router.get(
    "/{sha256}",
    response_class=Response,
    responses={
        200: {"content": BODY_CONTENT},
        206: {"content": BODY_CONTENT, "description": "The part that a Range header requests"},
        **problem_responses(401, 404, 416, 422),
    },
)
async def get_evidence(
    request: Request,
    context: Context,
    *,
    blobs: Blobs,
    sha256: Name,
    purpose: StatedPurpose = None,
) -> Response:
    """Return evidence to an account that may view it; every view is recorded with its purpose.

    A single byte range is returned alone, as video players request it.
    """
    record = await authorize_view(
        context.connection, sha256, context.account, now=context.now, purpose=purpose
    )
    part = parse_byte_range(request.headers.get("range", ""), record.bytes)
    try:
        body = await blobs.get(sha256, span=(part.start, part.end) if part else None)
    except FileNotFoundError:
        raise NotFoundError("no_such_evidence", "recorded, but its bytes are missing") from None
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{sha256[:16]}"',
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if part:
        headers["Content-Range"] = part.content_range
    return Response(body, 206 if part else 200, headers, media_type=record.media_type)


@router.post(
    "/exports/{incident}",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
        **problem_responses(401, 403, 404, 413, 422),
    },
)
async def export_evidence(
    context: DeskContext, blobs: Blobs, incident: UUID, body: ExportRequest
) -> StreamingResponse:
    """Return a ZIP file with the incident and its evidence, watermarked and signed.

    ``gridwatch evidence verify`` checks it without the centre. Pictures on which heads are not
    hidden are left out, unless a supervisor asks for them.
    """
    if body.with_unredacted and context.account.role not in SUPERVISOR_ROLES:
        raise ForbiddenError("not_for_your_role", "supervisors export unredacted pictures")
    archive = await export_incident(
        context,
        blobs,
        incident,
        purpose=body.purpose,
        with_unredacted=body.with_unredacted,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="incident-{str(incident)[:13]}.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(
        _chunks(archive),
        headers=headers,
        media_type="application/zip",
    )


def _chunks(archive: IO[bytes]) -> Iterator[bytes]:
    with archive:
        while chunk := archive.read(CHUNK_BYTES):
            yield chunk


def _check_headers(request: Request) -> str:
    """Return the media type; refuse a wrong type or length before the body is read."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise UnprocessableError("bad_media_type", f"send one of {', '.join(sorted(MEDIA_TYPES))}")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > MAX_BYTES:
        raise PayloadTooLargeError("too_large", f"more than {MAX_BYTES} bytes")
    return media_type


async def _read_signed_body(
    request: Request, services: Services, sha256: str, *, signer: tuple[str, str]
) -> bytes:
    """Return the body of an upload of a node; refuse an unknown node before reading it."""
    node, signature = signer
    async with services.engine.connect() as connection:
        key = (await get_node_keys(connection, [node])).get(node)
    if key is None:
        raise ForbiddenError("unknown_node", "enroll the node first")
    body = await read_verified_body(request.stream(), sha256=sha256)
    if not verify_signature(key, f"/v1/evidence/{sha256}", body, signature):
        raise ForbiddenError("bad_signature", "the signature is not the node's")
    return body
