"""HTTP routes of the audit log, for auditors and audit administrators."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.accounts.dependencies import Context
from api.audit import access_store, queries
from api.audit import store as audit_store
from api.audit.check_store import get_check
from api.audit.queries import LogFilter
from api.audit.schemas import AccessFinding, LogEntry, LogState, Review
from api.audit.store import AuditEntry
from api.errors import NotFoundError, UnprocessableError
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import NO_NUL, Page, Payload

router = APIRouter(prefix="/v1", tags=["audit"])

MAX_DAYS = 366
DEFAULT_DAYS = 7
FIRST_YEAR, LAST_YEAR = 2000, 3000
END_OF_LOG = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
MAX_SEQ = 2**62
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]


class LogParams(Payload):
    """Which entries to list; without times, those of the last seven days."""

    actor: Name | None = None
    action: Name | None = None
    incident: UUID | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 100

    def to_filter(self, now: datetime) -> LogFilter:
        """Return the filter.

        Raises:
            UnprocessableError: The time is longer than a year, or ends before it begins.
        """
        until = self.until or now + timedelta(minutes=5)
        if not FIRST_YEAR <= until.year < LAST_YEAR:
            raise UnprocessableError("bad_time", f"{until.isoformat()} is far from now")
        since = self.since or until - timedelta(days=DEFAULT_DAYS)
        if not timedelta(0) < until - since <= timedelta(days=MAX_DAYS):
            raise UnprocessableError("bad_time", f"ask for a time of at most {MAX_DAYS} days")
        return LogFilter(
            since=since,
            until=until,
            actor=self.actor,
            action=self.action,
            incident=self.incident,
        )


@router.get("/audit-log", responses=problem_responses(401, 403, 422))
async def list_audit_log(context: Context, params: Annotated[LogParams, Query()]) -> Page[LogEntry]:
    """List what people of your area did, newest first; of an incident, also what the system did."""
    wanted = params.to_filter(context.now)
    entries = await queries.list_log(
        context.connection,
        wanted,
        scope=context.account.scope,
        before=_position(params.cursor, wanted),
        limit=params.limit,
    )
    items = [LogEntry.model_validate(entry) for entry in entries]
    if len(entries) < params.limit:
        return Page(items=items)
    last = entries[-1]
    return Page(items=items, next=pagination.encode_parts(last.at.isoformat(), last.seq))


@router.get("/audit-log/state", responses=problem_responses(401, 403))
async def read_audit_log_state(context: Context) -> LogState:
    """Return the result of the last complete check of the audit log."""
    check = await get_check(context.connection)
    if check is None:
        return LogState(checked_at=None, entries=0, n_findings=0)
    return LogState(checked_at=check.checked_at, entries=check.entries, n_findings=check.n_findings)


@router.get("/access-findings", responses=problem_responses(401, 403, 422))
async def list_access_findings(
    context: Context,
    reviewed: Annotated[bool, Query(description="Also those that were reviewed")] = False,
    limit: pagination.Limit = 100,
) -> Page[AccessFinding]:
    """List accounts of your area that viewed evidence in an unusual way, those to review first."""
    findings = await access_store.list_findings(
        context.connection,
        scope=context.account.scope,
        with_reviewed=reviewed,
        limit=limit,
    )
    return Page(items=[_present(finding) for finding in findings])


@router.post("/access-findings/{finding}/review", responses=problem_responses(401, 403, 404, 422))
async def review_access_finding(context: Context, finding: UUID, body: Review) -> AccessFinding:
    """Record what came of it. Nobody reviews what they did themselves."""
    account = context.account
    reviewed = await access_store.review_finding(
        context.connection,
        finding,
        scope=account.scope,
        by=account.name,
        note=body.note,
        now=context.now,
    )
    if reviewed is None:
        raise NotFoundError("no_such_finding", "it does not exist, is reviewed, or is about you")
    entry = AuditEntry(
        at=context.now,
        actor=account.name,
        action="review_access",
        reason=body.note,
        detail={"finding": str(finding), "about": reviewed.actor},
    )
    await audit_store.record(context.connection, entry)
    return _present(reviewed)


def _present(finding: access_store.AccessFinding) -> AccessFinding:
    names = AccessFinding.model_fields
    return AccessFinding.model_validate({name: getattr(finding, name) for name in names})


def _position(cursor: str | None, wanted: LogFilter) -> tuple[datetime, int]:
    if cursor is None:
        return (END_OF_LOG if wanted.incident else wanted.until), MAX_SEQ
    at, seq = pagination.decode_parts(cursor, (pagination.parse_time, _parse_seq))
    return at, seq


def _parse_seq(written: str) -> int:
    seq = int(written)
    if not 0 <= seq <= MAX_SEQ:
        raise ValueError(f"{written} is no number of an entry")
    return seq
