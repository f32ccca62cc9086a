"""Turn errors into problem details (RFC 9457): the only place that knows HTTP status codes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from api.database.errors import UNREACHABLE_ERRORS, is_about_data
from api.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    NotLoggedInError,
    PayloadTooLargeError,
    RangeNotSatisfiableError,
    RequestError,
    StorageFullError,
    TooManyAttemptsError,
    UnprocessableError,
)
from api.web.security_headers import API_HEADERS, security_headers

MEDIA_TYPE = "application/problem+json"
STATUS_OF: Mapping[type[RequestError], HTTPStatus] = {
    NotLoggedInError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RangeNotSatisfiableError: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    UnprocessableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyAttemptsError: HTTPStatus.TOO_MANY_REQUESTS,
    StorageFullError: HTTPStatus.INSUFFICIENT_STORAGE,
}
"""HTTP status of each domain error; any other ``RequestError`` is a 400."""

LOGGED_STATUSES = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
)
UNLOGGED_CODES = frozenset({"not_logged_in"})
"""A page whose login has ended, which asks again and again."""

log = structlog.get_logger()


class FieldError(BaseModel):
    """One invalid field of a request."""

    where: str
    what: str


class Problem(BaseModel):
    """Why a request failed."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="For programs: stale, wrong_state, not_yours, needs_reason, ...")
    detail: str = ""
    state: str | None = Field(default=None, description="409: the current state of the object")
    version: int | None = Field(default=None, description="409: the current version of the object")
    errors: list[FieldError] = Field(default=[], description="422: every invalid field")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare for OpenAPI which problem statuses a route may return."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as an HTTP response."""
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


def make_problem(status: int, code: str, detail: str = "") -> Problem:
    """Return a problem with the standard title of its status."""
    title = HTTPStatus(status).phrase
    return Problem(title=title, status=status, code=code, detail=detail)


def register_error_handlers(app: FastAPI) -> None:
    """Turn errors of the domain, of FastAPI and of the database into problems."""
    app.exception_handler(RequestError)(_handle_request_error)
    app.exception_handler(RequestValidationError)(_handle_validation_error)
    app.exception_handler(HTTPException)(_handle_http_exception)
    for kind in UNREACHABLE_ERRORS:
        app.exception_handler(kind)(_handle_database_error)
    app.exception_handler(Exception)(_handle_fault)


async def _handle_request_error(request: Request, error: RequestError) -> JSONResponse:
    status = STATUS_OF.get(type(error), HTTPStatus.BAD_REQUEST)
    if status in LOGGED_STATUSES and error.code not in UNLOGGED_CODES:
        log_refusal(request, status, error.code)
    problem = make_problem(status, error.code, error.detail)
    headers: dict[str, str] = {}
    if isinstance(error, ConflictError):
        problem = problem.model_copy(update={"state": error.state, "version": error.version})
    if isinstance(error, TooManyAttemptsError):
        headers["Retry-After"] = str(error.seconds)
    return problem_response(problem, headers)


async def _handle_validation_error(_: Request, error: RequestValidationError) -> JSONResponse:
    fields = [
        FieldError(where=".".join(map(str, detail["loc"])), what=detail["msg"])
        for detail in error.errors()
    ]
    text = "; ".join(f"{field.where}: {field.what}" for field in fields)
    problem = make_problem(422, "unreadable", text)
    return problem_response(problem.model_copy(update={"errors": fields}))


async def _handle_http_exception(_: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).name.lower()
    headers = dict(error.headers) if error.headers else None
    return problem_response(make_problem(error.status_code, code, str(error.detail)), headers)


async def _handle_fault(request: Request, error: Exception) -> JSONResponse:
    """Answer a request that failed because of a fault of ours, without saying which.

    It runs outside of all middleware, so that it adds the security headers itself.
    """
    log.error("request_crashed", path=request.url.path[:200], exc_info=error)
    problem = make_problem(500, "fault", "the centre has logged why; its operators can see it")
    return problem_response(problem, {**security_headers(request.scope), **API_HEADERS})


def log_refusal(request: Request, status: int, code: str) -> None:
    """Log a request that was refused: who sent what. Bodies and queries are not logged."""
    log.warning(
        "request_refused",
        status=int(status),
        code=code,
        method=request.method,
        path=request.url.path[:200],
        client=request.client.host if request.client else "",
        account=getattr(request.state, "account", ""),
    )


async def _handle_database_error(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DBAPIError) and is_about_data(error):
        log.warning("request_unprocessable", reason=str(error.orig)[:500])
        return problem_response(make_problem(422, "impossible", "a value cannot be stored"))
    log.error("request_failed", reason=f"{type(error).__name__}: {error}"[:500])
    problem = make_problem(503, "no_database", "the database is unavailable; try again shortly")
    return problem_response(problem, {"Retry-After": "2"})
