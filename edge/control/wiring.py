"""Joins a box to what steers it: the centre's configuration and commands, and the exercise."""

from collections.abc import Iterable
from functools import partial
from zoneinfo import ZoneInfo

from edge.box import EdgeBox
from edge.config.binding import BoundCamera
from edge.config.plan import Plan
from edge.control.clock import TimeAsker
from edge.control.commands import Commands
from edge.control.drill import Exerciser, Timetable, exercise_of
from edge.control.handlers import Orders
from edge.control.journal import Journal
from edge.control.remote_config import Check, Control, Make
from edge.control.self_test import SelfTest
from edge.node_services import Parts
from edge.outbox.publisher import Publisher
from edge.sources.camera_address import Way
from pipeline.wire import AlertMessage


def steer(
    box: EdgeBox, plan: Plan, parts: Parts, publisher: Publisher, *, check: Check, make: Make
) -> Control:
    """Have ``box`` obey the centre, begin with what was obeyed last, and prove its way daily."""
    control = Control(
        plan,
        cameras=box.cameras,
        counters=parts.counters,
        check=check,
        make=make,
        say=lambda report: publisher.say("config", payload=report),
    )
    publisher.hear("config", control.hear)
    box.beside(control.run, control.wake)
    for camera in control.begin():
        box.add(camera)
    commands = _commands(box, control, parts, publisher)
    publisher.hear("command", commands.hear)
    box.beside(commands.run, commands.wake)
    box.beside(TimeAsker(plan.settings.centre.url, parts.clock).run)
    if plan.settings.exercise.enabled:
        box.beside(_exerciser(control, parts).run)
    return control


def _commands(box: EdgeBox, control: Control, parts: Parts, publisher: Publisher) -> Commands:
    orders = Orders(
        plan=lambda: control.plan,
        cameras=box.cameras,
        windows=parts.windows,
        outbox=parts.outbox,
        evidence=parts.evidence,
        self_test=SelfTest(
            outbox=parts.outbox,
            detect=parts.engine.detect,
            now=parts.now,
            steady=parts.clock.steady,
        ),
        exercise=partial(_exercise, control.plan, parts),
        resend=publisher.resend,
        now=parts.now,
        steady=parts.clock.steady,
        began=parts.clock.steady(),
    )
    return Commands(
        Journal(control.plan.data),
        does=orders.by_kind(),
        say=lambda id_, reply: publisher.answer("reply", id_, payload=reply),
        counters=parts.counters,
        now=parts.clock.now,
        own_now=parts.now,
    )


def _exerciser(control: Control, parts: Parts) -> Exerciser:
    told = control.plan.settings.exercise
    return Exerciser(
        Timetable(at=told.at, zone=ZoneInfo(told.timezone)),
        outbox=parts.outbox,
        counters=parts.counters,
        cameras=lambda: _on_duty(control.plan),
        now=parts.clock.now,
        make=partial(_exercise, control.plan, parts),
    )


def _on_duty(plan: Plan) -> Iterable[BoundCamera]:
    """Give the live cameras that run: a recording proves nothing of a site."""
    return (c for c in plan.cameras if c.settings.enabled and isinstance(c.feed, Way))


def _exercise(
    plan: Plan, parts: Parts, camera: BoundCamera, happening: str
) -> tuple[AlertMessage, ...]:
    return exercise_of(camera, happening, node=plan.node, at=parts.now(), clock=parts.clock.clock())
