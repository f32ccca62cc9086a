"""Count events of the node by name and camera, for the centre and for Prometheus."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

CounterKey = tuple[str, str]

RENAMED_COUNTERS: Mapping[str, str] = {
    "broker_disconnects": "broker_losses",
    "configs_applied": "configs_obeyed",
    "drills": "exercises",
    "frames_before_last": "times_before_the_last",
    "frames_cold_start": "frames_cold",
    "frames_damaged": "pictures_damaged",
    "frames_damaged_or_dropped": "damaged_or_dropped_pictures",
    "frames_decision_pending": "frames_deciding",
    "frames_decoded": "pictures_decoded",
    "frames_deferred": "frames_owed",
    "frames_frozen": "pictures_frozen",
    "frames_interval": "frames_pace",
    "frames_new_object": "frames_surprised",
    "frames_no_motion": "frames_quiet",
    "frames_not_sampled": "pictures_unchosen",
    "frames_overloaded": "frames_busy",
    "frames_predicted": "frames_explained",
    "frames_superseded": "pictures_passed_by",
    "frames_undecoded": "pictures_undecoded",
    "inferences_full_frame": "looks_whole",
    "inferences_regions": "looks_parts",
    "inferences_rerun_full_frame": "looks_again",
    "lag_seconds": "seconds_late",
    "pts_corrections": "times_corrected",
}
"""Old names of counters, still served to Prometheus beside the new ones for one version."""


class Counters:
    """Named counters of one process, with the camera they belong to if any; thread-safe."""

    def __init__(self) -> None:
        self._counts: Counter[CounterKey] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, n: float = 1, *, camera: str = "") -> None:
        """Add ``n`` to ``name``, a plural noun such as ``frames`` or ``decode_errors``."""
        with self._lock:
            self._counts[name, camera] += n  # type: ignore[assignment]  # counts seconds too

    def total(self, name: str) -> float:
        """Return the sum of ``name`` over all cameras."""
        with self._lock:
            return sum(count for (known, _), count in self._counts.items() if known == name)

    def by_name(self) -> dict[str, float]:
        """Return every counter as ``name`` or ``name.camera``, sorted."""
        with self._lock:
            return {
                ".".join(filter(None, key)): float(count)
                for key, count in sorted(self._counts.items())
            }

    def collect(self) -> Iterator[Metric]:
        """Return metrics ``gridwatch_edge_<name>_total{camera=...}``."""
        with self._lock:
            counts = sorted(self._counts.items())
        families: dict[str, CounterMetricFamily] = {}
        for (name, camera), count in counts:
            for series in filter(None, (name, RENAMED_COUNTERS.get(name))):
                if series not in families:
                    families[series] = CounterMetricFamily(
                        f"gridwatch_edge_{series}", f"Number of {series}", labels=["camera"]
                    )
                families[series].add_metric([camera], count)
        yield from families.values()


def gauge_metric(name: str, text: str, value: float) -> Metric:
    """Return the gauge ``gridwatch_edge_<name>``."""
    return GaugeMetricFamily(f"gridwatch_edge_{name}", text, value=value)
