"""Build the remote control of a node: configuration, commands, clock and daily drills."""

from collections.abc import Iterable
from functools import partial
from zoneinfo import ZoneInfo

from edge.box import EdgeNode
from edge.config.binding import BoundCamera
from edge.config.plan import Plan
from edge.control.clock import CentreTimePoller
from edge.control.commands import CommandRunner
from edge.control.drill import DrillRunner, DrillSchedule, drill_messages
from edge.control.handlers import CommandHandlers
from edge.control.journal import Journal
from edge.control.remote_config import CheckPlan, MakeCamera, RemoteConfig
from edge.control.self_test import SelfTest
from edge.node_services import NodeServices
from edge.outbox.publisher import Publisher
from edge.sources.camera_address import CameraAddress
from pipeline.wire import AlertMessage


def connect_remote_control(
    box: EdgeNode,
    plan: Plan,
    parts: NodeServices,
    publisher: Publisher,
    *,
    check: CheckPlan,
    make: MakeCamera,
) -> RemoteConfig:
    """Add the tasks that the centre controls to ``box``, and the cameras to start with.

    The tasks read the publisher's inboxes.
    """
    remote_config = RemoteConfig(
        plan,
        inbox=publisher.config_inbox,
        cameras=box.cameras,
        counters=parts.counters,
        check=check,
        make=make,
        send_report=lambda report: publisher.report("config", payload=report),
    )
    box.add_task(remote_config.run, remote_config.wake)
    for camera in remote_config.initial_cameras():
        box.add_camera(camera)
    commands = _command_runner(box, remote_config, parts, publisher)
    box.add_task(commands.run, commands.wake)
    box.add_task(CentreTimePoller(plan.settings.centre.url, parts.clock).run)
    if plan.settings.exercise.enabled:
        box.add_task(_drill_runner(remote_config, parts).run)
    return remote_config


def _command_runner(
    box: EdgeNode, remote_config: RemoteConfig, parts: NodeServices, publisher: Publisher
) -> CommandRunner:
    handlers = CommandHandlers(
        plan=lambda: remote_config.plan,
        cameras=box.cameras,
        frame_taps=parts.frame_taps,
        outbox=parts.outbox,
        evidence=parts.evidence_writer,
        tester=SelfTest(
            outbox=parts.outbox,
            detect=parts.engine.detect,
            now=parts.now,
            monotonic=parts.clock.monotonic,
        ),
        drill=partial(_drill, remote_config.plan, parts),
        resend_rows=publisher.resend,
        now=parts.now,
        monotonic=parts.clock.monotonic,
        started_at=parts.clock.monotonic(),
    )
    return CommandRunner(
        Journal(remote_config.plan.data_folder),
        inbox=publisher.command_inbox,
        handlers=handlers.by_kind(),
        send_reply=lambda command_id, reply: publisher.reply("reply", command_id, payload=reply),
        counters=parts.counters,
        now=parts.clock.now,
        node_now=parts.now,
    )


def _drill_runner(remote_config: RemoteConfig, parts: NodeServices) -> DrillRunner:
    settings = remote_config.plan.settings.exercise
    return DrillRunner(
        DrillSchedule(at=settings.at, timezone=ZoneInfo(settings.timezone)),
        outbox=parts.outbox,
        counters=parts.counters,
        cameras=lambda: _live_cameras(remote_config.plan),
        now=parts.clock.now,
        make=partial(_drill, remote_config.plan, parts),
    )


def _live_cameras(plan: Plan) -> Iterable[BoundCamera]:
    """Return the enabled live cameras: a drill of a recording would prove nothing."""
    return (c for c in plan.cameras if c.settings.enabled and isinstance(c.source, CameraAddress))


def _drill(
    plan: Plan, parts: NodeServices, camera: BoundCamera, occasion: str
) -> tuple[AlertMessage, ...]:
    return drill_messages(
        camera, occasion, node=plan.node, at=parts.now(), clock=parts.clock.estimate()
    )
