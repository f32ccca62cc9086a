"""READ FIRST. Check everything that a node needs, from its configuration to the findings."""

from collections.abc import Callable
from datetime import datetime

from edge.config.loader import ResolvedConfig
from edge.preflight.cameras import camera_checks, describe_scenarios
from edge.preflight.checks import CheckStatus, Finding, run_checks
from edge.preflight.clock import clock_check
from edge.preflight.disk import disk_check
from edge.preflight.ground_accuracy import ground_findings
from edge.preflight.model import model_check
from edge.preflight.network import LOGIN_SETTLES_S, broker_check, centre_check
from edge.sources.camera_address import redact_credentials


def run_preflight(
    config: ResolvedConfig,
    *,
    now: Callable[[], datetime],
    deadline: float,
    retry_login_for_s: float = LOGIN_SETTLES_S,
) -> list[Finding]:
    """Check everything that a node needs, all at once, without changing anything.

    The centre keeps one small test image, the same for all nodes.

    Args:
        now: The node's clock, which is compared with the centre's.
        deadline: Seconds after which a check without an answer counts as bad.
        retry_login_for_s: Seconds during which a failed login to the broker is tried again.
    """
    checks = [
        model_check(config),
        disk_check(config),
        clock_check(),
        broker_check(config, retry_login_for_s),
        centre_check(config, now),
        *camera_checks(config.cameras),
    ]
    findings = run_checks(checks, deadline=deadline)
    return [_node(config), *findings, *ground_findings(config.cameras)]


def describe_config(config: ResolvedConfig) -> list[Finding]:
    """List what the configuration file sets, without checking anything."""
    settings = config.settings
    broker = f"{settings.broker.host}:{settings.broker.port}"
    parts = [
        ("model", settings.model.name or "the best installed model", ""),
        ("disk", str(config.data_folder), ""),
        ("broker", broker, ""),
        ("centre", settings.centre.url, ""),
    ]
    parts += (
        (
            f"camera {camera.name}",
            redact_credentials(camera.settings.source),
            describe_scenarios(camera),
        )
        for camera in config.cameras
    )
    untried = (
        Finding(part=part, what=what, note=note, status=CheckStatus.UNTRIED)
        for part, what, note in parts
    )
    return [_node(config), *untried, *ground_findings(config.cameras)]


def _node(config: ResolvedConfig) -> Finding:
    return Finding(part="node", what=str(config.node), note=f"{config.file} is valid")
