"""Build the remote control of a node: configuration, commands, clock and daily drills."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from edge.camera_supervisor import CameraSupervisor
from edge.config.camera_binding import BoundCamera
from edge.config.loader import ResolvedConfig
from edge.control.clock import CentreTimePoller
from edge.control.commands import CommandRunner
from edge.control.drill import DrillRunner, DrillSchedule, drill_messages
from edge.control.handlers import CommandHandlers
from edge.control.journal import Journal
from edge.control.remote_config import MakeCamera, RemoteConfig
from edge.control.self_test import SelfTest
from edge.engine.model_switch import ModelSwitch
from edge.enrolment.rotation import KeyRotation
from edge.node_services import NodeServices
from edge.outbox.publisher import Publisher
from edge.sources.camera_address import CameraAddress
from pipeline.wire import AlertMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteControl:
    """The tasks that let the centre control a node.

    Args:
        config: Applies the centre's configuration to the cameras.
        commands: Runs the centre's commands and replies to them.
        time_poller: Compares the node's clock with the centre's.
        drills: Sends the daily test alerts; ``None`` if they are switched off.
    """

    config: RemoteConfig
    commands: CommandRunner
    time_poller: CentreTimePoller
    drills: DrillRunner | None


def build_remote_control(
    config: ResolvedConfig,
    services: NodeServices,
    publisher: Publisher,
    cameras: CameraSupervisor,
    *,
    model: ModelSwitch,
    make: MakeCamera,
    rotation: KeyRotation | None = None,
) -> RemoteControl:
    """Build the tasks that read the publisher's inboxes.

    Args:
        config: The configuration of ``edge.toml``. A configuration of the centre that an earlier
            run has applied replaces it.
        rotation: Rotates the key of the node; ``None`` if that is in ``edge.toml``.
    """
    remote_config = RemoteConfig(
        config,
        inbox=publisher.config_inbox,
        cameras=cameras,
        counters=services.counters,
        model=model,
        make=make,
        send_report=lambda report: publisher.report("config", payload=report),
    )
    return RemoteControl(
        config=remote_config,
        commands=_command_runner(remote_config, cameras, services, publisher, rotation=rotation),
        time_poller=CentreTimePoller(
            config.settings.centre.url, services.clock, verify=config.centre_trust
        ),
        drills=_drill_runner(remote_config, services) if config.settings.drill.enabled else None,
    )


def _command_runner(
    remote_config: RemoteConfig,
    cameras: CameraSupervisor,
    services: NodeServices,
    publisher: Publisher,
    *,
    rotation: KeyRotation | None,
) -> CommandRunner:
    handlers = CommandHandlers(
        running_config=lambda: remote_config.running_config,
        cameras=cameras,
        frame_taps=services.frame_taps,
        outbox=services.outbox,
        evidence=services.evidence_writer,
        tester=SelfTest(
            outbox=services.outbox,
            detect=services.engine.detect,
            now=services.now,
            monotonic=services.clock.monotonic,
        ),
        drill=partial(_drill, remote_config.running_config, services),
        resend_rows=publisher.resend,
        rotate_key=rotation.request if rotation else None,
        now=services.now,
        monotonic=services.clock.monotonic,
        started_at=services.clock.monotonic(),
    )
    return CommandRunner(
        Journal(remote_config.running_config.data_folder),
        inbox=publisher.command_inbox,
        handlers=handlers.by_kind(),
        send_reply=lambda command_id, reply: publisher.reply("reply", command_id, payload=reply),
        counters=services.counters,
        now=services.clock.now,
        node_now=services.now,
    )


def _drill_runner(remote_config: RemoteConfig, services: NodeServices) -> DrillRunner:
    settings = remote_config.running_config.settings.drill
    return DrillRunner(
        DrillSchedule(at=settings.at, timezone=ZoneInfo(settings.timezone)),
        outbox=services.outbox,
        counters=services.counters,
        cameras=lambda: _live_cameras(remote_config.running_config),
        now=services.clock.now,
        make=partial(_drill, remote_config.running_config, services),
    )


def _live_cameras(config: ResolvedConfig) -> Iterable[BoundCamera]:
    """Return the enabled live cameras: a drill of a recording would prove nothing."""
    return (c for c in config.cameras if c.settings.enabled and isinstance(c.source, CameraAddress))


def _drill(
    config: ResolvedConfig, services: NodeServices, camera: BoundCamera, occasion: str
) -> tuple[AlertMessage, ...]:
    return drill_messages(
        camera, occasion, node=config.node, at=services.now(), clock=services.clock.estimate()
    )
