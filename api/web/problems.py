"""Errors as problem details (RFC 9457); ``code`` is for programs, which have the words."""

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
from api.refusals import RefusedError, StepRefusedError, TooManyTriesError

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger()


class Wrong(BaseModel):
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
    errors: list[Wrong] = Field(default=[], description="422: each field that is wrong")


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare for OpenAPI which problems a route answers with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Write a problem as a response."""
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


def problem(status: int, code: str, detail: str = "") -> Problem:
    """Make a problem of an HTTP status."""
    title = HTTPStatus(status).phrase
    return Problem(title=title, status=status, code=code, detail=detail)


def mount(app: FastAPI) -> None:
    """Turn every error of ours, of FastAPI and of the database into a problem."""
    app.exception_handler(RefusedError)(_refused)
    app.exception_handler(RequestValidationError)(_unreadable)
    app.exception_handler(HTTPException)(_plain)
    app.exception_handler(SQLAlchemyError)(_no_database)
    app.exception_handler(OSError)(_no_database)


async def _refused(_: Request, error: RefusedError) -> JSONResponse:
    told = problem(error.status, error.code, error.detail)
    headers: dict[str, str] = {}
    if isinstance(error, StepRefusedError):
        told = told.model_copy(update={"state": error.state, "version": error.version})
    if isinstance(error, TooManyTriesError):
        headers["Retry-After"] = str(error.seconds)
    return answer(told, headers)


async def _unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
    wrong = [
        Wrong(where=".".join(map(str, each["loc"])), what=each["msg"]) for each in error.errors()
    ]
    told = problem(422, "unreadable", "; ".join(f"{w.where}: {w.what}" for w in wrong))
    return answer(told.model_copy(update={"errors": wrong}))


async def _plain(_: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).name.lower()
    headers = dict(error.headers) if error.headers else None
    return answer(problem(error.status_code, code, str(error.detail)), headers)


async def _no_database(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DBAPIError) and is_about_data(error):
        log.warning("request_impossible", reason=str(error.orig)[:500])
        return answer(problem(422, "impossible", "a value is outside what can be stored"))
    log.error("request_failed", reason=f"{type(error).__name__}: {error}"[:500])
    return answer(problem(503, "no_database", "try again in a moment"), {"Retry-After": "2"})
