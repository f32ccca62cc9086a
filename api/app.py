"""The HTTP application: every router, middleware and error handler on one screen."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.accounts import own_routes
from api.accounts import routes as accounts_routes
from api.accounts.passwords import PasswordChecker
from api.accounts.permissions import check_routes, permission_of
from api.accounts.throttle import Throttle
from api.accuracy.fitting import routes as fitting_routes
from api.accuracy.proposals import routes as proposals_routes
from api.accuracy.reporting import routes as accuracy_report_routes
from api.accuracy.second_opinion import routes as second_opinion_routes
from api.accuracy.verdicts import routes as audit_routes
from api.administration import routes as administration_routes
from api.areas import routes as areas_routes
from api.audit import routes as audit_log_routes
from api.enrolment import routes as enrolment_routes
from api.enrolment.routes import EnrolmentServices
from api.evidence import routes as evidence_routes
from api.evidence.blobs import EvidenceStore
from api.fleet import routes as fleet_routes
from api.incidents import routes as incidents_routes
from api.incidents.actions import routes as actions_routes
from api.incidents.lists import routes as lists_routes
from api.incidents.lists import scenarios as scenarios_routes
from api.incidents.work_orders import routes as work_orders_routes
from api.live import routes as live_routes
from api.live.feed import LiveFeed
from api.notify import channel_routes
from api.notify import routes as notify_routes
from api.notify.online.presence import Presence
from api.quarantine import routes as quarantine_routes
from api.reports import routes as reports_routes
from api.retention import routes as retention_routes
from api.roster import routes as roster_routes
from api.roster.reachability import routes as reachability_routes
from api.roster.reachability.unreachable import UnreachableAreas
from api.roster.shifts import routes as shifts_routes
from api.suppressions import routes as suppressions_routes
from api.web import problems, static_files
from api.web.base_path import BasePath
from api.web.csrf import CsrfMiddleware
from api.web.host_cookies import HostCookies
from api.web.request_body import BoundedBody
from api.web.request_rate import RequestRate
from api.web.security_headers import SecurityHeaders
from api.web.services import Services

ROUTERS = (
    accounts_routes.router,
    own_routes.router,
    administration_routes.router,
    lists_routes.router,
    scenarios_routes.router,
    incidents_routes.router,
    actions_routes.router,
    work_orders_routes.router,
    suppressions_routes.router,
    audit_routes.router,
    accuracy_report_routes.router,
    fitting_routes.router,
    proposals_routes.router,
    second_opinion_routes.router,
    notify_routes.router,
    channel_routes.router,
    evidence_routes.router,
    live_routes.router,
    roster_routes.router,
    shifts_routes.router,
    reachability_routes.router,
    areas_routes.router,
    quarantine_routes.router,
    fleet_routes.router,
    retention_routes.router,
    audit_log_routes.router,
    enrolment_routes.router,
    reports_routes.router,
    static_files.router,  # last: it matches every remaining address
)


def create_app(
    services: Services,
    live: LiveFeed,
    evidence: EvidenceStore,
    *,
    presence: Presence | None = None,
    enrolment: EnrolmentServices | None = None,
    limits_requests: bool = False,
) -> FastAPI:
    """Build the application that serves requests.

    Args:
        presence: Counts the open streams; the caller runs it.
        limits_requests: Whether a login may send so many requests only, as it is in service.
        enrolment: Enrolls nodes; without it, requests of enrolment are refused.
    """
    app = describe_app(rate_clock=services.now if limits_requests else None)
    app.state.services = services
    app.state.live = live
    app.state.presence = presence or Presence(services.engine, services.now)
    app.state.evidence = evidence
    app.state.enrolment = enrolment
    app.state.unreachable_areas = UnreachableAreas()
    app.state.throttle = Throttle()
    app.state.password_checker = PasswordChecker()
    app.add_middleware(BasePath, base_path=services.base_path)
    return app


def describe_app(*, rate_clock: Callable[[], datetime] | None = None) -> FastAPI:
    """Build the application without services: enough for its OpenAPI document.

    Args:
        rate_clock: Limits the requests of a login by this clock; ``None`` limits nothing.
    """
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
    check_routes(ROUTERS)
    problems.register_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(BoundedBody)
    if rate_clock is not None:
        app.add_middleware(RequestRate, now=rate_clock)
    app.add_middleware(CsrfMiddleware)
    app.add_middleware(HostCookies)
    app.add_middleware(SecurityHeaders)
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]  # FastAPI's way
    return app


def openapi_document(app: FastAPI) -> dict[str, object]:
    """Return the OpenAPI document, with one schema for every problem response.

    Every route that needs a login may refuse its role, or that it sends too many requests.
    """
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    problem = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update({**problem.pop("$defs"), "Problem": problem})
    for path in document["paths"].values():
        for operation in path.values():
            if not permission_of(operation["operationId"]).works_without_login:
                declared = problems.problem_responses(403, 429)
                operation["responses"] |= {str(status): declared[status] for status in declared}
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    return document
