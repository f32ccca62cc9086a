"""Judge drawn incidents a second time, blind: who is asked, and what follows from an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import DESK_ROLES, Account, Role
from api.accuracy.sampling import SECOND_RATER_SHARE, is_drawn
from api.accuracy.store import Verdict, VerdictStage, VerdictValue, add_verdict
from api.accuracy.verdicts import audit_store
from api.accuracy.verdicts.audit_store import AuditItem, purpose_of
from api.accuracy.verdicts.model import AuditRound, AuditTask
from api.audit import store as log_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError

UNDO_WITHIN = timedelta(minutes=1)
"""How long a verdict can be taken back: one key is quickly hit in error."""
AUDITOR_ROLES = DESK_ROLES | {Role.AUDITOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQueue:
    """What an account is to judge next, and how many incidents wait for it in all."""

    item: AuditItem | None
    n_waiting: int


def next_task(incident: UUID, given: Mapping[AuditRound, VerdictValue]) -> AuditTask | None:
    """Return the round that follows from the verdicts given so far; ``None`` ends the audit.

    Of the first verdicts "true" a sample is given twice, of all others each: false alarms are
    rare and weigh most. Where both disagree, a third rater decides.
    """
    first, second = given.get(AuditRound.FIRST), given.get(AuditRound.SECOND)
    if first is None or AuditRound.DECISION in given:
        return None
    if second is None:
        audit_round = AuditRound.SECOND
        share = SECOND_RATER_SHARE if first is VerdictValue.TRUE else 1.0
    elif first is second:
        return None
    else:
        audit_round, share = AuditRound.DECISION, 1.0
    if not is_drawn(incident, share, purpose=purpose_of(audit_round)):
        return None
    return AuditTask(incident=incident, round=audit_round, inclusion_probability=share)


async def get_queue(connection: AsyncConnection, account: Account, *, now: datetime) -> AuditQueue:
    """Return what an account is to judge next.

    Raises:
        ForbiddenError: The account is no operator, supervisor, administrator or auditor.
    """
    _check_role(account)
    return AuditQueue(
        item=await audit_store.get_next(connection, account, now=now),
        n_waiting=await audit_store.count_waiting(connection, account, now=now),
    )


async def judge(
    connection: AsyncConnection,
    incident: UUID,
    value: VerdictValue,
    account: Account,
    *,
    reason: str = "",
    now: datetime,
) -> None:
    """Store the verdict of an auditor; a repetition changes nothing.

    Raises:
        ForbiddenError: As for ``get_queue``.
        NotFoundError: No verdict of this account is asked for: it was not drawn, somebody else
            has answered, or the account has reviewed it before.
    """
    _check_role(account)
    task = await audit_store.lock_task(connection, incident, account, now=now)
    if task is None:
        if await audit_store.has_judged(connection, incident, account):
            return
        raise NotFoundError("no_audit_waits")
    verdict = Verdict(
        value=value,
        stage=VerdictStage.AUDIT,
        actor=account.id,
        reason=reason,
        is_blind=True,
        inclusion_probability=task.inclusion_probability,
    )
    verdict_id = await add_verdict(connection, incident, verdict, at=now)
    await audit_store.set_answer(connection, task, verdict_id)
    following = next_task(incident, await audit_store.list_given(connection, incident))
    if following is not None:
        await audit_store.insert_tasks(connection, [following], now=now)
    entry = AuditEntry(
        at=now, actor=account.name, action="audit", incident=incident, reason=reason or value
    )
    await log_store.record(connection, entry)


async def undo(
    connection: AsyncConnection, incident: UUID, account: Account, *, now: datetime
) -> None:
    """Take back a verdict that was just given; the incident waits for one again.

    Raises:
        ForbiddenError: As for ``get_queue``.
        NotFoundError: The account has given none in ``UNDO_WITHIN``, or another rater has followed.
    """
    _check_role(account)
    task = await audit_store.lock_answer(connection, incident, account, since=now - UNDO_WITHIN)
    if task is None:
        raise NotFoundError("nothing_to_undo")
    verdict = Verdict(
        value=VerdictValue.WITHDRAWN, stage=VerdictStage.AUDIT, actor=account.id, is_blind=True
    )
    await add_verdict(connection, incident, verdict, at=now)
    await audit_store.reopen(connection, task)
    entry = AuditEntry(at=now, actor=account.name, action="audit_undo", incident=incident)
    await log_store.record(connection, entry)


def _check_role(account: Account) -> None:
    if account.role not in AUDITOR_ROLES:
        raise ForbiddenError("not_for_your_role")
