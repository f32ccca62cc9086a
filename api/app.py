"""The centre's HTTP side, put together."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.accounts import routes as accounts_routes
from api.areas import routes as areas_routes
from api.evidence import routes as evidence_routes
from api.fleet import routes as fleet_routes
from api.incidents import routes as incidents_routes
from api.incidents.work_orders import routes as work_orders_routes
from api.live import routes as live_routes
from api.notify import routes as notify_routes
from api.reports import routes as reports_routes
from api.web import problems, static_files
from api.web.dependencies import CsrfMiddleware
from api.web.services import Services

ROUTERS = (
    accounts_routes.router,
    incidents_routes.router,
    work_orders_routes.router,
    notify_routes.router,
    evidence_routes.router,
    live_routes.router,
    areas_routes.router,
    fleet_routes.router,
    reports_routes.router,
    static_files.router,  # the last: it answers for every address that is left
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
    problems.register_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(CsrfMiddleware)
    app.add_middleware(static_files.SecurityHeaders)
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
