"""Sample a running node: its memory, CPU time and Prometheus metrics."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx
from prometheus_client.parser import text_string_to_metric_families

PREFIX, SUFFIX = "gridwatch_edge_", "_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSample:
    """One sample of a process.

    Args:
        at: Monotonic time in seconds.
        counts: Metrics by name and camera; the camera is empty for those of the node.
    """

    at: float
    rss_mb: float
    cpu_s: float
    counts: Mapping[tuple[str, str], float]

    def by_camera(self, name: str) -> dict[str, float]:
        """Return a metric by camera."""
        return {camera: n for (metric, camera), n in self.counts.items() if metric == name}

    def since(self, other: "ProcessSample", name: str) -> dict[str, float]:
        """Return the increase of a metric by camera since an earlier sample."""
        before = other.by_camera(name)
        return {camera: n - before.get(camera, 0.0) for camera, n in self.by_camera(name).items()}


def sample_process(pid: int, metrics: str) -> ProcessSample:
    """Sample a process that serves its metrics at the URL ``metrics``.

    Raises:
        OSError: The process has ended.
        httpx.HTTPError: The process does not answer.
    """
    text = httpx.get(metrics, timeout=10).raise_for_status().text
    return ProcessSample(
        at=monotonic(),
        rss_mb=resident_mb(pid),
        cpu_s=cpu_s(pid),
        counts={
            (
                sample.name.removeprefix(PREFIX).removesuffix(SUFFIX),
                sample.labels.get("camera", ""),
            ): (sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        },
    )


def resident_mb(pid: int | str = "self") -> float:
    """Return the resident memory of a process in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
