"""Counters: what was seen, sent, lost and why; for the centre and for Prometheus."""

import threading
from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

CounterKey = tuple[str, str]


class Counters:
    """Named counts of one process, by camera where they belong to one; safe over threads."""

    def __init__(self) -> None:
        self._counts: Counter[CounterKey] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, n: float = 1, *, camera: str = "") -> None:
        """Count ``n`` more of ``name``: a plural noun such as ``frames`` or ``decode_errors``."""
        with self._lock:
            self._counts[name, camera] += n  # type: ignore[assignment]  # counts seconds too

    def total(self, name: str) -> float:
        """Sum ``name`` over all cameras."""
        with self._lock:
            return sum(count for (each, _), count in self._counts.items() if each == name)

    def by_name(self) -> dict[str, float]:
        """Give every count as ``name`` or ``name.camera``, in order."""
        with self._lock:
            return {
                ".".join(filter(None, key)): float(count)
                for key, count in sorted(self._counts.items())
            }

    def collect(self) -> Iterator[Metric]:
        """Answer Prometheus: ``gridwatch_edge_<name>_total{camera=...}``."""
        with self._lock:
            counts = sorted(self._counts.items())
        families: dict[str, CounterMetricFamily] = {}
        for (name, camera), count in counts:
            family = families.setdefault(
                name,
                CounterMetricFamily(f"gridwatch_edge_{name}", f"{name} so far", labels=["camera"]),
            )
            family.add_metric([camera], count)
        yield from families.values()


def gauge_metric(name: str, text: str, value: float) -> Metric:
    """Make one figure of now, ``gridwatch_edge_<name>``."""
    return GaugeMetricFamily(f"gridwatch_edge_{name}", text, value=value)
