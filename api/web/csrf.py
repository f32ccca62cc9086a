"""Protection against cross-site request forgery (CSRF)."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.problems import make_problem, problem_response

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfMiddleware:
    """Refuse state-changing requests that a page of another site sends with our cookie.

    A browser states the origin of a request in ``Sec-Fetch-Site`` or ``Origin``, and no page can
    forge either. A client that sends neither is not a browser and carries no victim's cookie.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on safe methods and requests from our own pages or from other programs."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not _is_same_origin(headers):
                problem = make_problem(403, "other_site", "the request comes from another site")
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_same_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
