"""Apply configurations of the centre: check the whole, change the cameras that differ, report."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
import structlog

from edge.camera_supervisor import CameraJob, CameraSupervisor
from edge.config.camera_binding import BoundCamera
from edge.config.loader import ResolvedConfig
from edge.control.config_merge import (
    changed_cameras,
    merge_config,
    rejection,
    reported_config,
    reported_names,
)
from edge.data_folder import read_if_exists, write_durably
from edge.engine.model_switch import ModelSwitch
from edge.errors import ConfigRefusedError, InternalFaultError
from edge.fault_boundary import faults_as_errors
from edge.health.counters import Counters
from models.errors import ModelError
from pipeline.alert import CloseReason
from pipeline.errors import UnsupportedLabelsError, WireError
from pipeline.wire import (
    ConfigRejection,
    DesiredConfig,
    ReasonCode,
    ReportedConfig,
    decode_message,
    encode_message,
)

log = structlog.get_logger()

FILE = "config.json"
"""In the data folder: the last configuration of the centre that was applied."""
MakeCamera = Callable[[ResolvedConfig, BoundCamera], CameraJob]


class RemoteConfig:
    """Applies configurations of the centre, in a separate thread.

    Args:
        base: The configuration of ``edge.toml``.
        inbox: Payloads of desired configurations, signature checked.
        model: Checks the model of each configuration, and changes it.
        make: Builds a camera of a configuration.
        send_report: Publishes a report of what is applied, retained.

    Attributes:
        running_config: What the node runs now.
    """

    def __init__(
        self,
        base: ResolvedConfig,
        *,
        inbox: queue.SimpleQueue[bytes | None],
        cameras: CameraSupervisor,
        counters: Counters,
        model: ModelSwitch,
        make: MakeCamera,
        send_report: Callable[[bytes], None],
    ) -> None:
        self._base, self._file = base, base.data_folder / FILE
        self._cameras, self._counters = cameras, counters
        self._model, self._make, self._send_report = model, make, send_report
        self._inbox = inbox
        self._applied: DesiredConfig | None = None
        self._seen: tuple[int, str] = (0, "")
        self.running_config = self._restore()

    @property
    def rev(self) -> int:
        """Revision of the applied configuration; 0 if only ``edge.toml`` is applied."""
        return self._applied.rev if self._applied else 0

    def wake(self) -> None:
        """Check ``stop`` now."""
        self._inbox.put(None)

    def initial_cameras(self) -> Iterator[CameraJob]:
        """Build the enabled cameras of the configuration; report the others as disabled."""
        for camera in self.running_config.cameras:
            if camera.settings.enabled:
                yield self._make(self.running_config, camera)
            else:
                self._cameras.mark_disabled(camera.name, "disabled")

    def run(self, stop: threading.Event) -> None:
        """Apply configurations until ``stop`` is set; call ``wake`` after setting it."""
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
            return  # the message is retained: it arrives on every connection
        self._seen = desired.rev, desired.sha256
        try:
            refusals = self._apply(desired)
        except ConfigRefusedError as error:
            self._counters.add("configs_refused")
            log.warning("config_refused", rev=desired.rev, reasons=str(error).splitlines())
            self._report("failure", error.refusals)
        else:
            self._counters.add("configs_applied")
            log.info("config_applied", rev=desired.rev)
            self._report("partial" if refusals else "success", refusals)

    def _apply(self, desired: DesiredConfig) -> tuple[ConfigRejection, ...]:
        """Switch to ``desired``; return what could not be changed.

        Raises:
            ConfigRefusedError: Nothing was changed.
        """
        if desired.rev < self.rev:
            raise _refused("rev", ReasonCode.OLDER_REVISION, rev=desired.rev, applied=self.rev)
        if desired.rev == self.rev and self._applied and desired.sha256 != self._applied.sha256:
            raise _refused("rev", ReasonCode.CONFLICTING_REVISION, rev=desired.rev)
        config = self._resolve_and_check(desired)
        try:
            write_durably(self._file, encode_message(desired))
        except OSError as error:
            raise _refused("config", ReasonCode.NOT_STORED, error=error.strerror) from None
        before, self.running_config, self._applied = self.running_config, config, desired
        return tuple(self._update_cameras(before, config))

    def _resolve_and_check(self, desired: DesiredConfig) -> ResolvedConfig:
        """Resolve and check a configuration.

        Raises:
            ConfigRefusedError: It is invalid, or an internal fault occurred, which would recur.
        """
        expected = (ConfigRefusedError, UnsupportedLabelsError, ModelError)
        try:
            with faults_as_errors("apply_config", expected=expected, rev=desired.rev):
                config = merge_config(self._base, desired)
                self._model.check(config)
        except UnsupportedLabelsError as error:
            raise _refused("camera", ReasonCode.UNSUPPORTED_LABELS, text=error) from None
        except ModelError as error:
            raise _refused("model.name", ReasonCode.INVALID_VALUE, text=error) from None
        except InternalFaultError as fault:
            raise _refused("config", ReasonCode.INTERNAL_ERROR, type=fault.error_type) from None
        return config

    def _update_cameras(
        self, before: ResolvedConfig, after: ResolvedConfig
    ) -> Iterator[ConfigRejection]:
        """Restart the cameras that differ and end those that are gone; leave the others running.

        A new model runs once all cameras of the old one have ended.
        """
        bound = {camera.name: camera for camera in after.cameras}
        for name in (camera.name for camera in before.cameras if camera.name not in bound):
            yield from self._end_camera(name)
            self._cameras.mark_disabled(name, "removed by the centre")
        changed = changed_cameras(before, after)
        if self._model.needs_switch(after):
            for name in changed:
                yield from self._end_camera(name)
        self._model.switch(after)
        for name in changed:
            yield from self._end_camera(name)
            if bound[name].settings.enabled:
                self._cameras.start(self._make(after, bound[name]))
            else:
                self._cameras.mark_disabled(name, "disabled by the centre")

    def _end_camera(self, name: str) -> Iterator[ConfigRejection]:
        if not self._cameras.stop(name, CloseReason.RECONFIGURED):
            yield rejection(f"camera[{name}]", ReasonCode.CAMERA_NOT_STOPPED)

    def _restore(self) -> ResolvedConfig:
        """Return the stored configuration, or that of ``edge.toml``; report it."""
        payload = read_if_exists(self._file)
        if payload is None:
            self._report_as(self._base, "success")
            return self._base
        try:
            desired = decode_message(payload, DesiredConfig)
            config = self._resolve_and_check(desired)
        except (WireError, ConfigRefusedError) as error:
            log.error("stored_config_refused", reason=str(error))  # noqa: TRY400  # expected
            refusals = error.refusals if isinstance(error, ConfigRefusedError) else ()
            self._report_as(self._base, "failure", refusals)
            return self._base
        self._model.switch(config)
        self._applied, self._seen = desired, (desired.rev, desired.sha256)
        self._report_as(config, "success")
        return config

    def _report(self, outcome: "Outcome", refusals: tuple[ConfigRejection, ...]) -> None:
        self._report_as(self.running_config, outcome, refusals)

    def _report_as(
        self, config: ResolvedConfig, outcome: "Outcome", refusals: tuple[ConfigRejection, ...] = ()
    ) -> None:
        report = ReportedConfig(
            rev=self.rev,
            sha256=self._applied.sha256 if self._applied else None,
            seen_rev=self._seen[0],
            outcome=outcome,
            refused=refusals,
            config=msgspec.Raw(msgspec.json.encode(reported_config(config))),
            names=reported_names(config),
        )
        self._send_report(encode_message(report))


Outcome = Literal["success", "partial", "failure"]


def _refused(key: str, code: ReasonCode, **params: object) -> ConfigRefusedError:
    return ConfigRefusedError((rejection(key, code, **params),))
