"""HTTP routes that nodes call: enrolment, and rotation of their keys."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from api.enrolment import enrolment
from api.enrolment.authority import Authority
from api.enrolment.enrolment import BrokerForNodes
from api.errors import ForbiddenError, NotFoundError, PayloadTooLargeError
from api.live.store import notify_listeners
from api.web.dependencies import InjectedServices, RequestTime
from pipeline.errors import WireError
from pipeline.wire import Node
from pipeline.wire.enrolment import (
    CODE_HEADER,
    CONFIRMATION_PATH,
    ENROLMENT_PATH,
    MAX_BODY_BYTES,
    PROOF_HEADER,
    ROTATION_PATH,
)

router = APIRouter(tags=["enrolment"], include_in_schema=False)

SIGNATURE_HEADER = "X-Gridwatch-Signature"
NodeName = Annotated[str, Header(alias="X-Gridwatch-Node", max_length=200)]
Signature = Annotated[str, Header(alias=SIGNATURE_HEADER, max_length=64)]


@dataclass(frozen=True, slots=True)
class EnrolmentServices:
    """What enrolment needs beside the database."""

    authority: Authority
    broker: BrokerForNodes


@router.post(ENROLMENT_PATH)
async def enroll_node(
    request: Request,
    services: InjectedServices,
    now: RequestTime,
    *,
    code: Annotated[str, Header(alias=CODE_HEADER, max_length=8)],
    proof: Annotated[str, Header(alias=PROOF_HEADER, max_length=64)],
) -> Response:
    """Enroll the node of a one-time code."""
    body, own = await _read_body(request), _services(request)
    async with services.engine.begin() as connection:
        answer, own_proof = await enrolment.enroll_by_code(
            connection,
            body,
            code_id=code,
            proof=proof,
            authority=own.authority,
            broker=own.broker,
            now=now,
        )
        await notify_listeners(connection)
    return Response(answer, headers={PROOF_HEADER: own_proof}, media_type="application/json")


@router.post(ROTATION_PATH)
async def begin_rotation(
    request: Request,
    services: InjectedServices,
    now: RequestTime,
    *,
    node: NodeName,
    signature: Signature,
) -> Response:
    """Agree on the next key of a node."""
    body, own = await _read_body(request), _services(request)
    async with services.engine.begin() as connection:
        answer, own_signature = await enrolment.begin_rotation(
            connection,
            body,
            node=_parse_node(node),
            signature=signature,
            authority=own.authority,
            broker=own.broker,
            now=now,
        )
    headers = {SIGNATURE_HEADER: own_signature}
    return Response(answer, headers=headers, media_type="application/json")


@router.post(CONFIRMATION_PATH, status_code=204)
async def confirm_rotation(
    services: InjectedServices, now: RequestTime, *, node: NodeName, signature: Signature
) -> Response:
    """Use the next key of a node from now on."""
    async with services.engine.begin() as connection:
        await enrolment.confirm_rotation(connection, _parse_node(node), signature, now=now)
    return Response(status_code=204)


def _services(request: Request) -> EnrolmentServices:
    services: EnrolmentServices | None = request.app.state.enrolment
    if services is None:
        raise NotFoundError("no_enrolment", "this process enrolls no nodes")
    return services


def _parse_node(name: str) -> Node:
    try:
        return Node.parse(name)
    except WireError:
        raise ForbiddenError("bad_signature", "the signature is not the node's") from None


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLargeError("too_large", f"more than {MAX_BODY_BYTES} bytes")
    return bytes(body)
