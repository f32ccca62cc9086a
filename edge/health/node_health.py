"""How a box and its cameras do, measured now and then: for the centre, and for Prometheus."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric

from edge.control.drill import DrillStatus
from edge.node_services import NodeServices
from pipeline.motion.inference_policy import InferenceReason
from pipeline.wire import CameraHealth, Health

THERMAL_FOLDER = Path("/sys/class/thermal")
MEGABYTE = 1_000_000


class NodeHealthMonitor:
    """Takes the measure; rates count from one measure to the next.

    Args:
        folder: On the disk in question.
        cameras: Names of those that run.
        config_rev: What is obeyed.
        thermal_folder: Where Linux tells temperatures.
    """

    def __init__(
        self,
        folder: Path,
        parts: NodeServices,
        *,
        cameras: Callable[[], Iterable[str]],
        config_rev: Callable[[], int],
        thermal_folder: Path = THERMAL_FOLDER,
    ) -> None:
        self._folder, self._outbox, self._counters = folder, parts.outbox, parts.counters
        self._clock, self._cameras, self._windows = parts.clock, cameras, parts.frame_taps
        self._config_rev, self._now, self._thermal_folder = config_rev, parts.now, thermal_folder
        self._before: tuple[float, Mapping[str, float]] = (self._clock.monotonic(), {})
        self.last: Health | None = None

    def measure(self) -> Health:
        """Measure, and remember it as the last."""
        steady, counts = self._clock.monotonic(), self._counters.by_name()
        then, before = self._before
        new = {name: count - before.get(name, 0) for name, count in counts.items()}
        depth, oldest, notes = (
            self._outbox.depth(),
            self._outbox.oldest_decided_at(),
            self._outbox.notes(),
        )
        age = (self._now() - oldest).total_seconds() if oldest else None
        self._before = steady, counts
        self.last = Health(
            boot_id=self._outbox.boot_id,
            at=self._now(),
            outbox_rows=depth.messages,
            counters=counts,
            outbox_oldest_s=None if age is None else max(round(age, 3), 0),
            upload_files=depth.uploads,
            disk_free_mb=round(shutil.disk_usage(self._folder).free / MEGABYTE, 1),
            temperature_c=max_temperature(self._thermal_folder),
            clock=self._clock.estimate(),
            config_rev=self._config_rev(),
            cameras={
                name: self._camera(name, new, counts, notes, seconds=steady - then)
                for name in self._cameras()
            },
        )
        return self.last

    def _camera(
        self,
        name: str,
        new: Mapping[str, float],
        counts: Mapping[str, float],
        notes: Mapping[str, str],
        *,
        seconds: float,
    ) -> CameraHealth:
        frames = new.get(f"frames.{name}", 0)
        inferred = frames - sum(
            new.get(f"frames_{why}.{name}", 0) for why in InferenceReason if not why.runs_inference
        )
        glance = self._windows[name].last if name in self._windows else None
        proof = DrillStatus.of(name, notes)
        return CameraHealth(
            fps_in=_rate(frames, seconds),
            fps_inferred=_rate(inferred, seconds),
            gate_ratio=round(1 - inferred / frames, 4) if frames else None,
            lag_s=None if glance is None or glance.lag_s is None else round(glance.lag_s, 3),
            last_frame_age_s=round(self._clock.monotonic() - glance.processed_at_s, 3)
            if glance
            else None,
            reconnects=max(int(counts.get(f"connections.{name}", 0)) - 1, 0),
            drill_confirmed_at=proof.confirmed_at,
            drill_overdue=proof.is_overdue(self._clock.now()),
        )


def max_temperature(folder: Path = THERMAL_FOLDER) -> float | None:
    """Read the hottest part in degrees Celsius; ``None`` where nothing can be read."""
    return max(_temperatures(folder), default=None)


def _temperatures(folder: Path) -> Iterator[float]:
    for file in sorted(folder.glob("thermal_zone*/temp")):
        try:
            yield int(file.read_text("ascii")) / 1000
        except (OSError, ValueError):
            continue  # zones that are asleep cannot be read


def _rate(count: float, seconds: float) -> float | None:
    return round(count / seconds, 3) if seconds > 0 else None


def health_metrics(health: Health) -> Iterator[Metric]:
    """Tell a measure to Prometheus; what is not known is left out."""
    yield from _node_metrics(health)
    for name, text, value in CAMERA_GAUGES:
        family = GaugeMetricFamily(f"gridwatch_edge_camera_{name}", text, labels=["camera"])
        for camera, told in health.cameras.items():
            if (figure := value(told)) is not None:
                family.add_metric([camera], figure)
        yield family


CAMERA_GAUGES: tuple[tuple[str, str, Callable[[CameraHealth], float | None]], ...] = (
    ("fps_in", "pictures a second that were looked at", lambda c: c.fps_in),
    ("fps_inferred", "pictures a second that the model was asked about", lambda c: c.fps_inferred),
    ("gate_ratio", "part of the pictures that needed no model", lambda c: c.gate_ratio),
    ("lag_seconds", "age of the last picture when it had been looked at", lambda c: c.lag_s),
    ("last_frame_age_seconds", "time since that", lambda c: c.last_frame_age_s),
    (
        "proven_timestamp_seconds",
        "when the centre last confirmed an exercise alert",
        lambda c: c.drill_confirmed_at.timestamp() if c.drill_confirmed_at else None,
    ),
    ("unproven", "1 where that is more than 25 hours ago", lambda c: float(c.drill_overdue)),
)


def _node_metrics(health: Health) -> Iterator[Metric]:
    clock = health.clock
    told = {
        "outbox_oldest_seconds": ("how long the oldest alert has waited", health.outbox_oldest_s),
        "disk_free_megabytes": ("free on the disk with the data folder", health.disk_free_mb),
        "temperature_celsius": ("the hottest part that can be read", health.temperature_c),
        "clock_offset_seconds": (
            "what to add to the box's clock",
            clock.offset_ms / 1000 if clock else None,
        ),
        "clock_uncertainty_seconds": (
            "how far that may be off",
            clock.uncertainty_ms / 1000 if clock else None,
        ),
        "config_revision": ("what is obeyed; 0 for edge.toml", float(health.config_rev)),
    }
    for name, (text, value) in told.items():
        if value is not None:
            yield GaugeMetricFamily(f"gridwatch_edge_{name}", text, value=value)
