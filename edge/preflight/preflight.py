"""READ FIRST: a box's preflight, from the plan to what was found."""

from collections.abc import Callable
from datetime import datetime

from edge.config.plan import Plan
from edge.preflight.cameras import camera_checks, describe_scenarios
from edge.preflight.checks import CheckStatus, Finding, run_checks
from edge.preflight.clock import clock_check
from edge.preflight.disk import disk_check
from edge.preflight.ground import ground_findings
from edge.preflight.model import model_check
from edge.preflight.network import broker_check, centre_check
from edge.sources.camera_address import redact_credentials


def run_preflight(plan: Plan, *, now: Callable[[], datetime], deadline: float) -> list[Finding]:
    """Try everything that a box needs, at once; nothing is changed by it.

    The centre keeps one small test picture, the same for all boxes.

    Args:
        now: The box's clock, which is held against the centre's.
        deadline: Seconds after which what has not answered counts as bad.
    """
    checks = [
        model_check(plan),
        disk_check(plan),
        clock_check(),
        broker_check(plan),
        centre_check(plan, now),
        *camera_checks(plan.cameras),
    ]
    found = run_checks(checks, deadline=deadline)
    return [_node(plan), *found, *ground_findings(plan.cameras)]


def describe_plan(plan: Plan) -> list[Finding]:
    """Tell what the file asks for, which has been looked up; nothing is tried."""
    settings = plan.settings
    broker = f"{settings.broker.host}:{settings.broker.port}"
    parts = [
        ("model", settings.model.name or "the best that is here", ""),
        ("disk", str(plan.data_folder), ""),
        ("broker", broker, ""),
        ("centre", settings.centre.url, ""),
    ]
    parts += (
        (
            f"camera {camera.name}",
            redact_credentials(camera.settings.source),
            describe_scenarios(camera),
        )
        for camera in plan.cameras
    )
    untried = (
        Finding(part=part, what=what, note=note, verdict=CheckStatus.UNTRIED)
        for part, what, note in parts
    )
    return [_node(plan), *untried, *ground_findings(plan.cameras)]


def _node(plan: Plan) -> Finding:
    return Finding(part="node", what=str(plan.node), note=f"{plan.file} is sound")
