"""Limit how many requests a login sends: a program with somebody's login slows nobody down."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.problems import log_refusal, make_problem, problem_response

BURST = 1200
"""A page asks for fifty pictures at once; a phone sends what it stored without a network."""
PER_SECOND = 60.0
LOGIN_COOKIE = "gridwatch_login"
MAX_LOGINS = 20_000


class RequestRate:
    """Refuse the requests of a login that has sent more than a burst and its refill.

    Requests without a login are limited where they cost something: at logging in, enrolling and
    uploading. Counts are in the memory of one process.

    Args:
        now: Reads the clock.
    """

    def __init__(self, app: ASGIApp, *, now: Callable[[], datetime]) -> None:
        self._app = app
        self._now = now
        self._buckets: OrderedDict[int, tuple[float, datetime]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        login = _login_of(scope)
        if login is None or self._take(login, self._now()):
            await self._app(scope, receive, send)
            return
        log_refusal(Request(scope), 429, "too_many_requests")
        problem = make_problem(429, "too_many_requests", "this login sends too many requests")
        await problem_response(problem, {"Retry-After": "1"})(scope, receive, send)

    def _take(self, login: int, now: datetime) -> bool:
        """Take a request from the bucket of a login; return whether there was one."""
        left, at = self._buckets.pop(login, (float(BURST), now))
        elapsed_s = max((now - at).total_seconds(), 0)
        left = min(left + elapsed_s * PER_SECOND, BURST)
        self._buckets[login] = (max(left - 1, 0), now)
        while len(self._buckets) > MAX_LOGINS:
            self._buckets.popitem(last=False)
        return left >= 1


def _login_of(scope: Scope) -> int | None:
    """Return a number for the login of a request to the API; ``None`` if it has none."""
    if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
        return None
    token = Request(scope).cookies.get(LOGIN_COOKIE)
    return hash(token) if token else None
