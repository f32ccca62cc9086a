"""Place and release legal holds; record, grant and refuse erasure requests.

A hold prevails over an erasure request and over every term.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError, UnprocessableError
from api.retention import erasure_store, evidence_store, hold_store
from api.retention.erasure_store import Decision, ErasureRequest
from api.retention.hold_store import HoldTarget, LegalHold

MAX_REVIEW = timedelta(days=366)
"""A hold is reviewed at least once a year."""
ANSWER_WITHIN = timedelta(days=15)
"""PIPL (个人信息保护法) article 50 demands a timely answer; GB/T 35273-2020, 8.7, thirty days."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and when."""

    account: Account
    at: datetime


async def place_hold(
    connection: AsyncConnection,
    target: HoldTarget,
    *,
    reason: str,
    authority: str,
    review_at: datetime,
    by: By,
) -> LegalHold:
    """Keep what a hold names from being deleted.

    Raises:
        NotFoundError: There is no such incident, area or camera in the account's area.
        UnprocessableError: The review lies in the past, or more than a year ahead.
    """
    exists, area = await hold_store.find_place(connection, target)
    if not exists or not by.account.covers(area):
        raise NotFoundError("no_such_hold_target")
    _check_review(review_at, by.at)
    hold = await hold_store.insert_hold(
        connection,
        target,
        reason=reason,
        authority=authority,
        by=by.account.name,
        now=by.at,
        review_at=review_at,
    )
    await _log(connection, "place_hold", by, reason, incident=target.incident, hold=str(hold))
    return await lock_hold(connection, hold, by=by)


async def lock_hold(connection: AsyncConnection, hold: UUID, *, by: By) -> LegalHold:
    """Return a hold, locked for the transaction.

    Raises:
        NotFoundError: There is none in the account's area.
    """
    stored = await hold_store.lock_hold(connection, hold, scope=by.account.scope)
    if stored is None:
        raise NotFoundError("no_such_hold")
    return stored


async def release_hold(
    connection: AsyncConnection, hold: UUID, *, reason: str, by: By
) -> LegalHold:
    """End a hold.

    Raises:
        NotFoundError: There is none in the account's area.
        UnprocessableError: It has been released already.
    """
    stored = await _lock_active_hold(connection, hold, by)
    await hold_store.release_hold(connection, hold, by=by.account.name, reason=reason, now=by.at)
    await _log(
        connection, "release_hold", by, reason, incident=stored.target.incident, hold=str(hold)
    )
    return await lock_hold(connection, hold, by=by)


async def extend_hold(
    connection: AsyncConnection, hold: UUID, *, review_at: datetime, by: By
) -> LegalHold:
    """Confirm that a hold is still needed, until its next review.

    Raises:
        NotFoundError: There is none in the account's area.
        UnprocessableError: It has been released, or the review lies in the past or more than a
            year ahead.
    """
    stored = await _lock_active_hold(connection, hold, by)
    _check_review(review_at, by.at)
    await hold_store.extend_hold(connection, hold, review_at=review_at)
    await _log(connection, "extend_hold", by, "", incident=stored.target.incident, hold=str(hold))
    return await lock_hold(connection, hold, by=by)


async def record_request(
    connection: AsyncConnection,
    *,
    reference: str,
    reason: str,
    incidents: Sequence[UUID],
    by: By,
) -> ErasureRequest:
    """Record that a person asks for the pictures of incidents to be erased.

    Raises:
        NotFoundError: An incident does not exist in the account's area.
    """
    wanted = list(dict.fromkeys(incidents))
    scope = by.account.scope
    if await erasure_store.count_incidents(connection, wanted, scope=scope) < len(wanted):
        raise NotFoundError("no_such_incident")
    request = await erasure_store.insert_request(
        connection,
        reference=reference,
        reason=reason,
        incidents=wanted,
        by=by.account.name,
        now=by.at,
        due_at=by.at + ANSWER_WITHIN,
    )
    await _log(connection, "request_erasure", by, reason, request=str(request), reference=reference)
    return await _lock_request(connection, request, by)


async def decide_request(
    connection: AsyncConnection, request: UUID, *, decision: Decision, reason: str, by: By
) -> ErasureRequest:
    """Grant a request, which deletes the pictures for good, or refuse it.

    Raises:
        NotFoundError: There is none in the account's area.
        UnprocessableError: It is decided already, or a hold names one of its incidents.
        ForbiddenError: The account has recorded it itself.
    """
    stored = await _lock_request(connection, request, by)
    if stored.decision is not None:
        raise UnprocessableError("already_decided", f"{stored.decision} by {stored.decided_by}")
    if stored.recorded_by == by.account.name:
        raise ForbiddenError("another_person_decides", "you have recorded this request")
    erased: list[str] = []
    if decision == "granted":
        hold = await hold_store.find_hold(connection, stored.incidents)
        if hold is not None:
            raise UnprocessableError("held", f"release hold {hold} first, or refuse the request")
        erased = await evidence_store.delete_evidence_of(
            connection, stored.incidents, erasure=request, now=by.at
        )
    await erasure_store.decide_request(
        connection,
        request,
        decision=decision,
        by=by.account.name,
        reason=reason,
        n_erased=len(erased),
        now=by.at,
    )
    await _log(
        connection,
        "decide_erasure",
        by,
        reason,
        request=str(request),
        decision=decision,
        erased=erased,
    )
    return await _lock_request(connection, request, by)


def _check_review(review_at: datetime, now: datetime) -> None:
    if not now < review_at <= now + MAX_REVIEW:
        raise UnprocessableError("bad_review_time", "review a hold within a year from now")


async def _lock_active_hold(connection: AsyncConnection, hold: UUID, by: By) -> LegalHold:
    stored = await lock_hold(connection, hold, by=by)
    if stored.released_at is not None:
        raise UnprocessableError("already_released", f"by {stored.released_by}")
    return stored


async def _lock_request(connection: AsyncConnection, request: UUID, by: By) -> ErasureRequest:
    stored = await erasure_store.lock_request(connection, request, scope=by.account.scope)
    if stored is None:
        raise NotFoundError("no_such_erasure_request")
    return stored


async def _log(
    connection: AsyncConnection,
    action: str,
    by: By,
    reason: str,
    *,
    incident: UUID | None = None,
    **detail: object,
) -> None:
    entry = AuditEntry(
        at=by.at,
        actor=by.account.name,
        action=action,
        incident=incident,
        reason=reason,
        detail=detail,
    )
    await audit_store.record(connection, entry)
