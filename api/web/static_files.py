"""The built console and phone page, and the headers that keep them to themselves."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import NotFoundError
from api.web.dependencies import InjectedServices

router = APIRouter(include_in_schema=False)

UNBUILT = """<!doctype html><meta charset="utf-8"><title>gridwatch</title>
<p>控制台尚未构建：在代码目录中运行 <code>make setup</code>。
<p>The console has not been built: run <code>make setup</code> in the checkout.
"""
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""Own scripts alone; styles may stand inline, as the component library writes them."""


class SecurityHeaders:
    """Set the security headers on every answer that has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to the answer."""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, secured)


@router.get("/phone")
@router.get("/phone/{path:path}")
async def phone(services: InjectedServices) -> Response:
    """Give the worker's page, whatever its own address says."""
    return _page(services.console / "phone.html")


@router.get("/{path:path}")
async def console(services: InjectedServices, path: str) -> Response:
    """Give a built file, or the console, which reads its address itself.

    Raises:
        NotFoundError: A file of this name was not built, or the address belongs to the API.
    """
    file = (services.console / path).resolve()
    if path and file.is_relative_to(services.console.resolve()) and file.is_file():
        return FileResponse(file, headers=_kept(path))
    if path.startswith(("v1/", "assets/")) or "." in path.rpartition("/")[2]:
        raise NotFoundError("no_such_page")
    return _page(services.console / "index.html")


def _page(file: Path) -> Response:
    if not file.is_file():
        return HTMLResponse(UNBUILT, status_code=503)
    return FileResponse(file, headers={"Cache-Control": "no-cache"})


def _kept(path: str) -> dict[str, str]:
    """Built assets carry a hash in their name and never change; all else may."""
    forever = "public, max-age=31536000, immutable"
    return {"Cache-Control": forever if path.startswith("assets/") else "no-cache"}
