"""Configuration in, answer out: what the centre wants is checked whole, then obeyed by camera."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
import structlog

from edge.camera_supervisor import CameraJob, CameraSupervisor
from edge.config.binding import BoundCamera
from edge.config.plan import Plan
from edge.control.config_merge import changed_cameras, merge_config, reported_config
from edge.errors import ConfigRefusedError
from edge.evidence.executor import InlineExecutor
from edge.health.counters import Counters
from edge.outbox.disk import read_if_exists, write_durably
from pipeline.alert import CloseReason
from pipeline.errors import UnsupportedLabelsError, WireError
from pipeline.wire import (
    ConfigRejection,
    DesiredConfig,
    ReportedConfig,
    decode_message,
    encode_message,
)

log = structlog.get_logger()

FILE = "config.json"
"""In the data folder: the last configuration from the centre that was obeyed."""
MakeCamera = Callable[[Plan, BoundCamera], CameraJob]
CheckPlan = Callable[[Plan], None]
"""Refuses a plan that this box's model cannot carry out; raises ``UnsupportedLabelsError``."""


class RemoteConfig:
    """Obeys the centre, in a thread of its own.

    Args:
        base: What ``edge.toml`` says.
        check: Asked of each plan before it is obeyed.
        make: Makes a camera of a plan.
        send_report: Publishes the report, retained.
    """

    def __init__(
        self,
        base: Plan,
        *,
        cameras: CameraSupervisor,
        counters: Counters,
        check: CheckPlan,
        make: MakeCamera,
        send_report: Callable[[bytes], None],
    ) -> None:
        self._base, self._file = base, base.data_folder / FILE
        self._cameras, self._counters = cameras, counters
        self._check, self._make, self._send_report = check, make, send_report
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._applied: DesiredConfig | None = None
        self._seen: tuple[int, str] = (0, "")
        self.plan = self._restore()

    @property
    def rev(self) -> int:
        """What is obeyed; 0 for the box's own file."""
        return self._applied.rev if self._applied else 0

    def receive(self, payload: bytes) -> None:
        """Take a configuration that is truly the centre's; returns at once."""
        self._inbox.put(payload)

    def wake(self) -> None:
        """Look at ``stop`` now."""
        self._inbox.put(None)

    def initial_cameras(self) -> Iterator[CameraJob]:
        """Give the cameras to begin with, and say which are not to run."""
        for camera in self.plan.cameras:
            if camera.settings.enabled:
                yield self._make(self.plan, camera)
            else:
                self._cameras.mark_disabled(camera.name, "disabled")

    def run(self, stop: threading.Event) -> None:
        """Obey until ``stop``; call ``wake`` after setting it."""
        while not stop.is_set():
            payload = self._inbox.get()
            if payload is not None and not stop.is_set():
                self._process(payload)

    def _process(self, payload: bytes) -> None:
        try:
            desired = decode_message(payload, DesiredConfig)
        except WireError as error:
            self._counters.add("configs_unreadable")
            log.warning("config_unreadable", reason=str(error))
            return
        if (desired.rev, desired.sha256) == self._seen:
            return  # retained: it comes with each connection
        self._seen = desired.rev, desired.sha256
        try:
            refused = self._apply(desired)
        except ConfigRefusedError as error:
            self._counters.add("configs_refused")
            log.warning("config_refused", rev=desired.rev, reasons=str(error).splitlines())
            self._report("failure", error.refusals)
        else:
            self._counters.add("configs_obeyed")
            log.info("config_obeyed", rev=desired.rev)
            self._report("partial" if refused else "success", refused)

    def _apply(self, desired: DesiredConfig) -> tuple[ConfigRejection, ...]:
        """Change what runs; give what could not be changed.

        Raises:
            ConfigRefusedError: All is as it was.
        """
        if desired.rev < self.rev:
            raise _refused("rev", f"{desired.rev} is older than {self.rev}, which is obeyed")
        if desired.rev == self.rev and self._applied and desired.sha256 != self._applied.sha256:
            raise _refused("rev", f"{desired.rev} is obeyed already, with other content")
        plan = self._checked_plan(desired)
        try:
            write_durably(self._file, encode_message(desired))
        except OSError as error:
            raise _refused("config", f"the disk does not take it: {error.strerror}") from None
        before, self.plan, self._applied = self.plan, plan, desired
        return tuple(self._update_cameras(before, plan))

    def _checked_plan(self, desired: DesiredConfig) -> Plan:
        """Make a plan of it; a fault of ours refuses it, as it would come again with each start."""
        made = InlineExecutor().submit(self._build_plan, desired)
        match made.exception():
            case None:
                return made.result()
            case ConfigRefusedError() as refused:
                raise refused
            case UnsupportedLabelsError() as error:
                raise _refused("camera", str(error))
            case fault:
                log.error("config_fault", rev=desired.rev, exc_info=fault)
                raise _refused("config", f"fault: {type(fault).__name__}")

    def _build_plan(self, desired: DesiredConfig) -> Plan:
        plan = merge_config(self._base, desired)
        self._check(plan)
        return plan

    def _update_cameras(self, before: Plan, after: Plan) -> Iterator[ConfigRejection]:
        """Touch the cameras that differ, and no other."""
        bound = {camera.name: camera for camera in after.cameras}
        for name in (each.name for each in before.cameras if each.name not in bound):
            yield from self._end_camera(name)
            self._cameras.mark_disabled(name, "taken off by the centre")
        for name in changed_cameras(before, after):
            yield from self._end_camera(name)
            if bound[name].settings.enabled:
                self._cameras.start(self._make(after, bound[name]))
            else:
                self._cameras.mark_disabled(name, "disabled by the centre")

    def _end_camera(self, name: str) -> Iterator[ConfigRejection]:
        if not self._cameras.stop(name, CloseReason.RECONFIGURED):
            yield ConfigRejection(
                key=f"camera[{name}]", reason="hangs; what it did before is left behind"
            )

    def _restore(self) -> Plan:
        """Obey what was obeyed before, though the broker be away; or the file alone."""
        payload = read_if_exists(self._file)
        if payload is None:
            self._report_as(self._base, "success")
            return self._base
        try:
            desired = decode_message(payload, DesiredConfig)
            plan = self._checked_plan(desired)
        except (WireError, ConfigRefusedError) as error:
            log.error("config_remembered_in_vain", reason=str(error))  # noqa: TRY400  # no trace is of use
            refused = error.refusals if isinstance(error, ConfigRefusedError) else ()
            self._report_as(self._base, "failure", refused)
            return self._base
        self._applied, self._seen = desired, (desired.rev, desired.sha256)
        self._report_as(plan, "success")
        return plan

    def _report(self, outcome: "Outcome", refused: tuple[ConfigRejection, ...]) -> None:
        self._report_as(self.plan, outcome, refused)

    def _report_as(
        self, plan: Plan, outcome: "Outcome", refused: tuple[ConfigRejection, ...] = ()
    ) -> None:
        told = ReportedConfig(
            rev=self.rev,
            sha256=self._applied.sha256 if self._applied else None,
            seen_rev=self._seen[0],
            outcome=outcome,
            refused=refused,
            config=msgspec.Raw(msgspec.json.encode(reported_config(plan))),
        )
        self._send_report(encode_message(told))


Outcome = Literal["success", "partial", "failure"]


def _refused(key: str, reason: str) -> ConfigRefusedError:
    return ConfigRefusedError((ConfigRejection(key=key, reason=reason),))
