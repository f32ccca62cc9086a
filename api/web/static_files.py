"""Serve the built console and the worker's phone page."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from api.errors import NotFoundError
from api.web.dependencies import InjectedServices

router = APIRouter(include_in_schema=False)

NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>gridwatch</title>
<p>控制台尚未构建：在代码目录中运行 <code>make setup</code>。
<p>The console has not been built: run <code>make setup</code> in the checkout.
"""
BASE_PATH_TAG = '<meta name="base-path" content="{}/" />'
IMMUTABLE = "public, max-age=31536000, immutable"


@router.get("/phone")
@router.get("/phone/{path:path}")
async def phone(services: InjectedServices) -> Response:
    """Return the phone page for every address below ``/phone``; the page does its own routing."""
    return _page(services.console / "phone.html", services.base_path)


@router.get("/{path:path}")
async def console(services: InjectedServices, path: str) -> Response:
    """Return a built file, or the console page, which does its own routing.

    Raises:
        NotFoundError: There is no such file, or the address belongs to the API.
    """
    file = (services.console / path).resolve()
    if path and file.is_relative_to(services.console.resolve()) and file.is_file():
        return FileResponse(file, headers={"Cache-Control": _cache_control(path)})
    if path.startswith(("v1/", "assets/")) or "." in path.rpartition("/")[2]:
        raise NotFoundError("no_such_page")
    return _page(services.console / "index.html", services.base_path)


def _page(file: Path, base_path: str) -> Response:
    """Return a page whose relative addresses begin at the base path, which its scripts read."""
    if not file.is_file():
        return HTMLResponse(NOT_BUILT, status_code=503)
    page = file.read_text("utf-8").replace('="./', f'="{base_path}/')
    page = page.replace(BASE_PATH_TAG.format(""), BASE_PATH_TAG.format(base_path), 1)
    return HTMLResponse(page, headers={"Cache-Control": "no-cache"})


def _cache_control(path: str) -> str:
    """Cache assets for ever: their names contain a hash of their content."""
    return IMMUTABLE if path.startswith("assets/") else "no-cache"
