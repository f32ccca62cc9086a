"""Over https, bind every cookie to this host name alone by the prefix ``__Host-``."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = b"__Host-"
Headers = list[tuple[bytes, bytes]]


class HostCookies:
    """Add the prefix to the cookies that leave, and remove it from those that come back.

    A browser takes a cookie with this prefix from this host only, over https. One without it may
    come from a neighbouring host name or from a connection in the clear, and is not passed on.
    Over http, as in a first try, browsers refuse the prefix, and cookies stay as they are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the names that the routes know."""
        if scope["type"] != "http" or scope["scheme"] != "https":
            await self._app(scope, receive, send)
            return

        async def send_with_prefix(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_prefix(message["headers"])}
            await send(message)

        scope = {**scope, "headers": _without_prefix(scope["headers"])}
        await self._app(scope, receive, send_with_prefix)


def _with_prefix(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [
        (name, _bind(value) if name.lower() == b"set-cookie" else value) for name, value in headers
    ]


def _bind(cookie: bytes) -> bytes:
    """Return a ``Set-Cookie`` value as the prefix requires it: secure, and for every path."""
    attributes = [part.strip().lower() for part in cookie.split(b";")[1:]]
    return PREFIX + cookie + (b"" if b"secure" in attributes else b"; Secure")


def _without_prefix(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [
        (name, _unbind(value) if name.lower() == b"cookie" else value) for name, value in headers
    ]


def _unbind(cookies: bytes) -> bytes:
    parts = [part.strip() for part in cookies.split(b";")]
    return b"; ".join(part.removeprefix(PREFIX) for part in parts if part.startswith(PREFIX))
