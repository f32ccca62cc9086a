"""Measure the health of the node and its cameras, for the centre and for Prometheus."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric

from edge.control.drill import DrillStatus
from edge.frame_tap import Vision
from edge.node_services import NodeServices
from pipeline.motion.inference_policy import InferenceReason
from pipeline.wire import CameraHealth, Health

THERMAL_FOLDER = Path("/sys/class/thermal")
MEGABYTE = 1_000_000


class NodeHealthMonitor:
    """Measures node health; rates are those since the previous measurement.

    Args:
        folder: A folder on the disk whose free space is reported.
        cameras: Returns the names of the running cameras.
        config_rev: Returns the revision of the applied configuration.
        thermal_folder: Folder of the thermal zones in Linux.

    Attributes:
        last: The last measurement; ``None`` before the first.
    """

    def __init__(
        self,
        folder: Path,
        services: NodeServices,
        *,
        cameras: Callable[[], Iterable[str]],
        config_rev: Callable[[], int],
        thermal_folder: Path = THERMAL_FOLDER,
    ) -> None:
        self._folder, self._outbox, self._counters = folder, services.outbox, services.counters
        self._clock, self._now, self._frame_taps = services.clock, services.now, services.frame_taps
        self._cameras, self._config_rev = cameras, config_rev
        self._thermal_folder = thermal_folder
        self._previous: tuple[float, Mapping[str, float]] = (self._clock.monotonic(), {})
        self.last: Health | None = None

    def measure(self) -> Health:
        """Measure the health now, and keep it as ``last``."""
        measured_at, counts = self._clock.monotonic(), self._counters.by_name()
        previous_at, previous_counts = self._previous
        new_counts = {name: n - previous_counts.get(name, 0) for name, n in counts.items()}
        depth, notes = self._outbox.depth(), self._outbox.notes()
        oldest_at = self._outbox.oldest_decided_at()
        oldest_s = (self._now() - oldest_at).total_seconds() if oldest_at else None
        self._previous = measured_at, counts
        self.last = Health(
            boot_id=self._outbox.boot_id,
            at=self._now(),
            outbox_rows=depth.messages,
            counters=counts,
            outbox_oldest_s=None if oldest_s is None else max(round(oldest_s, 3), 0),
            upload_files=depth.uploads,
            disk_free_mb=round(shutil.disk_usage(self._folder).free / MEGABYTE, 1),
            temperature_c=max_temperature(self._thermal_folder),
            clock=self._clock.estimate(),
            config_rev=self._config_rev(),
            cameras={
                name: self._camera(
                    name, new_counts, counts, notes, seconds=measured_at - previous_at
                )
                for name in self._cameras()
            },
        )
        return self.last

    def _camera(
        self,
        name: str,
        new_counts: Mapping[str, float],
        counts: Mapping[str, float],
        notes: Mapping[str, str],
        *,
        seconds: float,
    ) -> CameraHealth:
        frames = new_counts.get(f"frames.{name}", 0)
        inferred = frames - sum(
            new_counts.get(f"frames_{reason.name.lower()}.{name}", 0)
            for reason in InferenceReason
            if not reason.runs_inference
        )
        tap = self._frame_taps.get(name)
        last, vision = (tap.last, tap.vision) if tap else (None, None)
        lag_s = last.lag_s if last else None
        drill = DrillStatus.of(name, notes)
        return CameraHealth(
            fps_in=_rate(frames, seconds),
            fps_inferred=_rate(inferred, seconds),
            gate_ratio=round(1 - inferred / frames, 4) if frames else None,
            lag_s=None if lag_s is None else round(lag_s, 3),
            last_frame_age_s=(
                round(self._clock.monotonic() - last.processed_at_s, 3) if last else None
            ),
            reconnects=max(int(counts.get(f"connections.{name}", 0)) - 1, 0),
            drill_confirmed_at=drill.confirmed_at,
            drill_overdue=drill.is_overdue(self._clock.now()),
            **(_vision_fields(vision) if vision else {}),
        )


def _vision_fields(vision: Vision) -> dict[str, Any]:
    """Return the fields of ``CameraHealth`` that say what a camera can see."""
    coverage, share = vision.coverage, vision.coverage.unexplained_share
    return {
        "moving_objects": coverage.objects,
        "unexplained_share": None if share is None else round(share, 4),
        "blind_cause": coverage.cause or "",
        "unexplained_by_hour": {
            f"{hour:02}": round(missed, 4) for hour, missed in coverage.by_hour.items()
        },
        "learning_zones": {zone: round(known, 4) for zone, known in vision.learning_zones.items()},
    }


def max_temperature(folder: Path = THERMAL_FOLDER) -> float | None:
    """Return the highest temperature in degrees Celsius; ``None`` if none can be read."""
    return max(_temperatures(folder), default=None)


def _temperatures(folder: Path) -> Iterator[float]:
    for file in sorted(folder.glob("thermal_zone*/temp")):
        try:
            yield int(file.read_text("ascii")) / 1000
        except (OSError, ValueError):
            continue  # a zone that is powered down cannot be read


def _rate(count: float, seconds: float) -> float | None:
    return round(count / seconds, 3) if seconds > 0 else None


def health_metrics(health: Health) -> Iterator[Metric]:
    """Return the gauges of a measurement, without unknown values."""
    yield from _node_metrics(health)
    for name, text, value in CAMERA_GAUGES:
        family = GaugeMetricFamily(f"gridwatch_edge_camera_{name}", text, labels=["camera"])
        for camera, camera_health in health.cameras.items():
            if (number := value(camera_health)) is not None:
                family.add_metric([camera], number)
        yield family
    by_hour = GaugeMetricFamily(
        "gridwatch_edge_camera_unexplained_share_by_hour",
        "Share of moving objects that the detector did not see, by hour of the day in UTC",
        labels=["camera", "hour"],
    )
    for camera, camera_health in health.cameras.items():
        for hour, share in camera_health.unexplained_by_hour.items():
            by_hour.add_metric([camera, hour], share)
    yield by_hour


def _drill_confirmed_timestamp(camera: CameraHealth) -> float | None:
    return camera.drill_confirmed_at.timestamp() if camera.drill_confirmed_at else None


CAMERA_GAUGES: tuple[tuple[str, str, Callable[[CameraHealth], float | None]], ...] = (
    ("fps_in", "Frames processed per second", lambda c: c.fps_in),
    ("fps_inferred", "Frames per second that the model ran on", lambda c: c.fps_inferred),
    ("gate_ratio", "Fraction of frames that the model did not run on", lambda c: c.gate_ratio),
    ("lag_seconds", "Age of the last frame when it had been processed", lambda c: c.lag_s),
    ("last_frame_age_seconds", "Time since a frame was processed", lambda c: c.last_frame_age_s),
    (
        "moving_objects",
        "Moving objects of the last hour that were compared with detections",
        lambda c: float(c.moving_objects),
    ),
    (
        "unexplained_share",
        "Share of the moving objects of the last hour that the detector did not see",
        lambda c: c.unexplained_share,
    ),
    ("blind", "1 if the detector misses most moving objects", lambda c: float(c.blind_cause != "")),
    (
        "learning_zones",
        "Zones whose pixel scenarios cannot see yet",
        lambda c: float(len(c.learning_zones)),
    ),
    (
        "drill_confirmed_timestamp_seconds",
        "When the centre last confirmed a drill",
        _drill_confirmed_timestamp,
    ),
    (
        "drill_overdue",
        "1 if no drill was confirmed for more than 25 hours",
        lambda c: float(c.drill_overdue),
    ),
    # Old names of the last two, served for one version.
    (
        "proven_timestamp_seconds",
        "Old name of drill_confirmed_timestamp_seconds",
        _drill_confirmed_timestamp,
    ),
    ("unproven", "Old name of drill_overdue", lambda c: float(c.drill_overdue)),
)


def _node_metrics(health: Health) -> Iterator[Metric]:
    clock = health.clock
    gauges = {
        "outbox_oldest_seconds": ("Age of the oldest waiting message", health.outbox_oldest_s),
        "disk_free_megabytes": ("Free space on the disk of the data folder", health.disk_free_mb),
        "temperature_celsius": ("Highest temperature of the machine", health.temperature_c),
        "clock_offset_seconds": (
            "Time of the centre minus the clock of the node",
            clock.offset_ms / 1000 if clock else None,
        ),
        "clock_uncertainty_seconds": (
            "Uncertainty of the clock offset",
            clock.uncertainty_ms / 1000 if clock else None,
        ),
        "config_revision": (
            "Applied configuration; 0 is edge.toml",
            float(health.config_rev),
        ),
    }
    for name, (text, value) in gauges.items():
        if value is not None:
            yield GaugeMetricFamily(f"gridwatch_edge_{name}", text, value=value)
