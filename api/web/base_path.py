"""Serve everything below a path, for a reverse proxy that shares a host name."""

from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Remove the base path from the address of a request, if the proxy has not done so.

    Args:
        base_path: Such as ``/gridwatch``; empty for none.
    """

    def __init__(self, app: ASGIApp, *, base_path: str) -> None:
        self._app = app
        self._base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the address that the routes know."""
        path = scope.get("path", "")
        if self._base_path and f"{path}/".startswith(f"{self._base_path}/"):
            scope = {**scope, "path": path.removeprefix(self._base_path) or "/"}
        await self._app(scope, receive, send)
