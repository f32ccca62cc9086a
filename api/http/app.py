"""The centre's HTTP side, put together."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http import (
    events,
    evidence,
    figures,
    incidents,
    login,
    nodes,
    notifications,
    orders,
    pages,
    places,
    problems,
)
from api.http.access import OwnPagesOnly
from api.http.services import Services

ROUTERS = (
    login.router,
    incidents.router,
    orders.router,
    notifications.router,
    evidence.router,
    events.router,
    places.router,
    nodes.router,
    figures.router,
    pages.router,  # the last: it answers for every address that is left
)


def create_app(services: Services | None) -> FastAPI:
    """Make the application; without ``services`` it can only describe itself."""
    app = FastAPI(
        title="gridwatch",
        version="1",
        description="From an alert to the worker on duty, and back.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    problems.mount(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(OwnPagesOnly)
    app.add_middleware(pages.Secured)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way
    return app


def describe(app: FastAPI) -> dict[str, object]:
    """Write the OpenAPI document, with the one shape that all problems have."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    shape = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update({**shape.pop("$defs"), "Problem": shape})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
