"""Enroll nodes by one-time codes, rotate their keys, and revoke them."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.enrolment import store
from api.enrolment.authority import Authority
from api.errors import ForbiddenError, NotFoundError, UnprocessableError
from pipeline.wire import Node, sign, verify_signature
from pipeline.wire.enrolment import (
    ALPHABET,
    CONFIRMATION_PATH,
    ID_LENGTH,
    ROTATION_PATH,
    SECRET_LENGTH,
    EnrolmentCode,
    KeyAnswer,
    KeyRequest,
    derive_key,
    is_proof_valid,
    prove,
)

CODE_LIFETIME = timedelta(hours=24)
PREVIOUS_KEY_LIFETIME = timedelta(minutes=10)
"""Messages that were on their way when the key was rotated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerForNodes:
    """Where nodes connect to.

    Args:
        host: Empty if it is the host by which they reach the centre.
    """

    host: str = ""
    port: int = 1883
    tls: bool = False


async def create_code(
    connection: AsyncConnection, node: Node, *, by: str, now: datetime, lifetime: timedelta
) -> EnrolmentCode:
    """Create the code of a node, which replaces its earlier ones."""
    while True:
        letters = [secrets.choice(ALPHABET) for _ in range(ID_LENGTH + SECRET_LENGTH)]
        code = EnrolmentCode("".join(letters[:ID_LENGTH]), "".join(letters[ID_LENGTH:]))
        if await store.insert_code(
            connection, code.id, code.secret, node, now=now, expires_at=now + lifetime
        ):
            await _record(connection, "enrolment_code", node, by=by, now=now)
            return code


async def enroll_by_code(
    connection: AsyncConnection,
    body: bytes,
    *,
    code_id: str,
    proof: str,
    authority: Authority,
    broker: BrokerForNodes,
    now: datetime,
) -> tuple[bytes, str]:
    """Enroll the node of a code.

    Returns:
        The answer, and the proof that it comes from a centre that knows the code.

    Raises:
        ForbiddenError: The code is unknown, used or expired, or the node does not know all of it.
        UnprocessableError: The request is invalid.
    """
    found = await store.lock_code(connection, code_id, now=now)
    secret, node = found or (b"", None)
    if node is None or not is_proof_valid(prove(secret, "request", body), proof):
        raise ForbiddenError("bad_code", "the code is wrong, used or expired; ask for a new one")
    key, answer = _answer(body, node, authority=authority, broker=broker, now=now)
    await store.enroll_by_code(connection, code_id, node, key, now=now)
    await _record(connection, "node_enrolled", node, by=f"node:{node}", now=now)
    return answer, prove(secret, "answer", body, answer)


async def begin_rotation(
    connection: AsyncConnection,
    body: bytes,
    *,
    node: Node,
    signature: str,
    authority: Authority,
    broker: BrokerForNodes,
    now: datetime,
) -> tuple[bytes, str]:
    """Agree on the next key of a node; it is used once the node confirms it.

    Returns:
        The answer, and its signature by the present key.

    Raises:
        ForbiddenError: The node is unknown or revoked, or the signature is not its own.
        UnprocessableError: The request is invalid.
    """
    keys = await store.lock_keys(connection, node)
    if keys is None or not verify_signature(keys[0], ROTATION_PATH, body, signature):
        raise ForbiddenError("bad_signature", "the signature is not the node's")
    key, answer = _answer(body, node, authority=authority, broker=broker, now=now)
    await store.set_next_key(connection, node, key)
    return answer, sign(keys[0], ROTATION_PATH, body + answer)


async def confirm_rotation(
    connection: AsyncConnection, node: Node, signature: str, *, now: datetime
) -> None:
    """Use the next key, which the node proves to have; a repeated confirmation does nothing.

    Raises:
        ForbiddenError: The node is unknown or revoked, or the signature is by neither key.
    """
    keys = await store.lock_keys(connection, node)
    if keys is not None:
        current, next_key = keys
        if next_key and verify_signature(next_key, CONFIRMATION_PATH, b"", signature):
            await store.rotate_key(connection, node, previous_until=now + PREVIOUS_KEY_LIFETIME)
            await _record(connection, "node_key_rotated", node, by=f"node:{node}", now=now)
            return
        if verify_signature(current, CONFIRMATION_PATH, b"", signature):
            return
    raise ForbiddenError("bad_signature", "the signature is not by the next key")


async def revoke_node(connection: AsyncConnection, node: Node, *, by: str, now: datetime) -> None:
    """Accept nothing of a node from now on.

    Raises:
        NotFoundError: There is no such node.
    """
    if not await store.revoke_node(connection, node, now=now):
        raise NotFoundError("no_such_node")
    await _record(connection, "node_revoked", node, by=by, now=now)


def _answer(
    body: bytes, node: Node, *, authority: Authority, broker: BrokerForNodes, now: datetime
) -> tuple[bytes, bytes]:
    """Return the key that both derive, and the answer from which the node derives it."""
    try:
        request = msgspec.json.decode(body, type=KeyRequest)
        theirs = X25519PublicKey.from_public_bytes(bytes.fromhex(request.public_key))
        private = X25519PrivateKey.generate()
        shared = private.exchange(theirs)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UnprocessableError("bad_request", f"not a key request: {error}") from None
    public = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    answer = KeyAnswer(
        node=str(node),
        public_key=public.hex(),
        certificate=authority.sign_node(request.certificate_request, node, now=now),
        authority=authority.pem,
        broker_host=broker.host,
        broker_port=broker.port,
        broker_tls=broker.tls,
    )
    key = derive_key(shared, node, request=body, centre_public_key=answer.public_key)
    return key, msgspec.json.encode(answer)


async def _record(
    connection: AsyncConnection, action: str, node: Node, *, by: str, now: datetime
) -> None:
    await audit_store.record(
        connection, AuditEntry(at=now, actor=by, action=action, detail={"node": str(node)})
    )
