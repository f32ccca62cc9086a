"""READ FIRST. Check everything that a node needs, from its plan to the findings."""

from collections.abc import Callable
from datetime import datetime

from edge.config.plan import Plan
from edge.preflight.cameras import camera_checks, describe_scenarios
from edge.preflight.checks import CheckStatus, Finding, run_checks
from edge.preflight.clock import clock_check
from edge.preflight.disk import disk_check
from edge.preflight.ground_accuracy import ground_findings
from edge.preflight.model import model_check
from edge.preflight.network import broker_check, centre_check
from edge.sources.camera_address import redact_credentials


def run_preflight(plan: Plan, *, now: Callable[[], datetime], deadline: float) -> list[Finding]:
    """Check everything that a node needs, all at once, without changing anything.

    The centre keeps one small test image, the same for all nodes.

    Args:
        now: The node's clock, which is compared with the centre's.
        deadline: Seconds after which a check without an answer counts as bad.
    """
    checks = [
        model_check(plan),
        disk_check(plan),
        clock_check(),
        broker_check(plan),
        centre_check(plan, now),
        *camera_checks(plan.cameras),
    ]
    findings = run_checks(checks, deadline=deadline)
    return [_node(plan), *findings, *ground_findings(plan.cameras)]


def describe_plan(plan: Plan) -> list[Finding]:
    """List what the configuration file sets, without checking anything."""
    settings = plan.settings
    broker = f"{settings.broker.host}:{settings.broker.port}"
    parts = [
        ("model", settings.model.name or "the best installed model", ""),
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
        Finding(part=part, what=what, note=note, status=CheckStatus.UNTRIED)
        for part, what, note in parts
    )
    return [_node(plan), *untried, *ground_findings(plan.cameras)]


def _node(plan: Plan) -> Finding:
    return Finding(part="node", what=str(plan.node), note=f"{plan.file} is valid")
