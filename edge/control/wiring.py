"""Joins a box to what steers it: the centre's configuration and commands, and the exercise."""

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
    """Have ``box`` obey the centre, begin with what was obeyed last, and prove its way daily."""
    control = RemoteConfig(
        plan,
        cameras=box.cameras,
        counters=parts.counters,
        check=check,
        make=make,
        send_report=lambda report: publisher.report("config", payload=report),
    )
    publisher.hear("config", control.receive)
    box.add_task(control.run, control.wake)
    for camera in control.initial_cameras():
        box.add_camera(camera)
    commands = _command_runner(box, control, parts, publisher)
    publisher.hear("command", commands.receive)
    box.add_task(commands.run, commands.wake)
    box.add_task(CentreTimePoller(plan.settings.centre.url, parts.clock).run)
    if plan.settings.exercise.enabled:
        box.add_task(_drill_runner(control, parts).run)
    return control


def _command_runner(
    box: EdgeNode, control: RemoteConfig, parts: NodeServices, publisher: Publisher
) -> CommandRunner:
    orders = CommandHandlers(
        plan=lambda: control.plan,
        cameras=box.cameras,
        windows=parts.frame_taps,
        outbox=parts.outbox,
        evidence=parts.evidence_writer,
        tester=SelfTest(
            outbox=parts.outbox,
            detect=parts.engine.detect,
            now=parts.now,
            monotonic=parts.clock.monotonic,
        ),
        drill=partial(_drill, control.plan, parts),
        resend_rows=publisher.resend,
        now=parts.now,
        monotonic=parts.clock.monotonic,
        started_at=parts.clock.monotonic(),
    )
    return CommandRunner(
        Journal(control.plan.data_folder),
        handlers=orders.by_kind(),
        send_reply=lambda id_, reply: publisher.reply("reply", id_, payload=reply),
        counters=parts.counters,
        now=parts.clock.now,
        node_now=parts.now,
    )


def _drill_runner(control: RemoteConfig, parts: NodeServices) -> DrillRunner:
    told = control.plan.settings.exercise
    return DrillRunner(
        DrillSchedule(at=told.at, zone=ZoneInfo(told.timezone)),
        outbox=parts.outbox,
        counters=parts.counters,
        cameras=lambda: _live_cameras(control.plan),
        now=parts.clock.now,
        make=partial(_drill, control.plan, parts),
    )


def _live_cameras(plan: Plan) -> Iterable[BoundCamera]:
    """Give the live cameras that run: a recording proves nothing of a site."""
    return (c for c in plan.cameras if c.settings.enabled and isinstance(c.source, CameraAddress))


def _drill(
    plan: Plan, parts: NodeServices, camera: BoundCamera, happening: str
) -> tuple[AlertMessage, ...]:
    return drill_messages(
        camera, happening, node=plan.node, at=parts.now(), clock=parts.clock.estimate()
    )
