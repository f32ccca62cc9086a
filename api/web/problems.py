"""Errors as problem details (RFC 9457); ``code`` is for programs, which have the words."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException

from api.database.errors import is_about_data
from api.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    NotLoggedInError,
    PayloadTooLargeError,
    RangeNotSatisfiableError,
    RequestError,
    TooManyAttemptsError,
    UnprocessableError,
)

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
}
"""HTTP status of each domain error; any other ``RequestError`` is a 400."""

log = structlog.get_logger()


class FieldError(BaseModel):
    """One field of the request, and what is wrong with it."""

    where: str
    what: str


class Problem(BaseModel):
    """Why a request came to nothing."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="stale, wrong_state, not_yours, needs_reason, ...")
    detail: str = ""
    state: str | None = Field(default=None, description="409: where it stands now")
    version: int | None = Field(default=None, description="409: its version now")
    errors: list[FieldError] = Field(default=[], description="422: each field that is wrong")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare for OpenAPI which problems a route answers with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Write a problem as a response."""
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


def make_problem(status: int, code: str, detail: str = "") -> Problem:
    """Make a problem of an HTTP status."""
    title = HTTPStatus(status).phrase
    return Problem(title=title, status=status, code=code, detail=detail)


def register_error_handlers(app: FastAPI) -> None:
    """Turn every error of ours, of FastAPI and of the database into a problem."""
    app.exception_handler(RequestError)(_refused)
    app.exception_handler(RequestValidationError)(_unreadable)
    app.exception_handler(HTTPException)(_plain)
    app.exception_handler(SQLAlchemyError)(_no_database)
    app.exception_handler(OSError)(_no_database)


async def _refused(_: Request, error: RequestError) -> JSONResponse:
    told = make_problem(
        STATUS_OF.get(type(error), HTTPStatus.BAD_REQUEST), error.code, error.detail
    )
    headers: dict[str, str] = {}
    if isinstance(error, ConflictError):
        told = told.model_copy(update={"state": error.state, "version": error.version})
    if isinstance(error, TooManyAttemptsError):
        headers["Retry-After"] = str(error.seconds)
    return problem_response(told, headers)


async def _unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
    wrong = [
        FieldError(where=".".join(map(str, each["loc"])), what=each["msg"])
        for each in error.errors()
    ]
    told = make_problem(422, "unreadable", "; ".join(f"{w.where}: {w.what}" for w in wrong))
    return problem_response(told.model_copy(update={"errors": wrong}))


async def _plain(_: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).name.lower()
    headers = dict(error.headers) if error.headers else None
    return problem_response(make_problem(error.status_code, code, str(error.detail)), headers)


async def _no_database(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DBAPIError) and is_about_data(error):
        log.warning("request_impossible", reason=str(error.orig)[:500])
        return problem_response(
            make_problem(422, "impossible", "a value is outside what can be stored")
        )
    log.error("request_failed", reason=f"{type(error).__name__}: {error}"[:500])
    return problem_response(
        make_problem(503, "no_database", "try again in a moment"), {"Retry-After": "2"}
    )
