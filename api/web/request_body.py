"""Read the body of a request before its route runs: bounded in size, depth and time."""

import asyncio
import re
from itertools import accumulate

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import Problem, log_refusal, make_problem, problem_response

MAX_BODY_BYTES = 1024 * 1024
"""The largest JSON body is the configuration of a node with fifty cameras, which has 100 kB."""
MAX_JSON_DEPTH = 32
"""As in messages of nodes (``pipeline.wire.limits``)."""
BODY_TIMEOUT_S = 30.0
UPLOADS = "/v1/evidence/"
"""Uploads have limits of their own (``api/evidence/uploads.py``) and are read in parts."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class BoundedBody:
    """Refuse a body that is too large, nested too deeply, or does not arrive in time.

    A stranger could otherwise fill the memory of the centre with one request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body and pass the request on; uploads pass unread."""
        if scope["type"] != "http" or _is_upload(scope):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _read_body(receive)
        except TimeoutError:
            await _refuse(make_problem(408, "too_slow", "the body did not arrive"), scope, send)
            return
        if body is None:
            detail = f"a body has at most {MAX_BODY_BYTES} bytes"
            await _refuse(make_problem(413, "too_large", detail), scope, send)
        elif json_depth(body) > MAX_JSON_DEPTH:
            detail = f"JSON is nested at most {MAX_JSON_DEPTH} levels deep"
            await _refuse(make_problem(422, "too_deep", detail), scope, send)
        else:
            await self._app(scope, _replay(body, receive), send)


def json_depth(body: bytes) -> int:
    """Return an upper bound of the depth of a JSON document, in linear time."""
    if body.count(b"[") + body.count(b"{") <= MAX_JSON_DEPTH:
        return 0
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _is_upload(scope: Scope) -> bool:
    return bool(scope["method"] == "PUT" and scope["path"].startswith(UPLOADS))


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, or ``None`` if it is too large; the rest of it is not read."""
    parts, n_bytes = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        n_bytes += len(part)
        if n_bytes > MAX_BODY_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that delivers the body first, then what follows it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


async def _refuse(problem: Problem, scope: Scope, send: Send) -> None:
    async def no_more() -> Message:
        return {"type": "http.disconnect"}

    log_refusal(Request(scope), problem.status, problem.code)
    # The rest of the body is not read: the connection cannot be used for another request.
    await problem_response(problem, {"Connection": "close"})(scope, no_more, send)
