"""Protection against cross-site request forgery (CSRF)."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.problems import log_refusal, make_problem, problem_response

DEFAULT_PORTS = {"http": 80, "https": 443}
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
                log_refusal(Request(scope), 403, "other_site")
                problem = make_problem(403, "other_site", _explanation(headers))
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_same_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme = origin.partition("://")[0]
    page = _authority(scheme, origin)
    return page is not None and page == _authority(scheme, f"{scheme}://{headers.get('host')}")


def _authority(scheme: str, address: str) -> tuple[str, int | None] | None:
    """Return host name and port, that of the scheme if it is left out; ``None`` if unreadable."""
    try:
        parts = urlsplit(address)
        port = parts.port or DEFAULT_PORTS.get(scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def _explanation(headers: Headers) -> str:
    origin, host = headers.get("origin"), headers.get("host")
    if origin is None:
        return "the request comes from another site"
    return (
        f"the page was opened at {origin[:200]}, but the request arrived for host {host}: "
        "let the reverse proxy pass on the Host header (nginx: proxy_set_header Host $http_host)"
    )
