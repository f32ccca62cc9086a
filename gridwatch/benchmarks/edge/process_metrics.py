"""A running box from outside: its memory, its processor time, and its own counters."""

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
    """One look.

    Args:
        at: Seconds that only grow.
        counts: By name and camera; the camera is empty where it belongs to none.
    """

    at: float
    rss_mb: float
    cpu_s: float
    counts: Mapping[tuple[str, str], float]

    def by_camera(self, name: str) -> dict[str, float]:
        """Give a count by camera."""
        return {camera: n for (each, camera), n in self.counts.items() if each == name}

    def since(self, other: "ProcessSample", name: str) -> dict[str, float]:
        """Give what was counted by camera since an earlier look."""
        before = other.by_camera(name)
        return {camera: n - before.get(camera, 0.0) for camera, n in self.by_camera(name).items()}


def sample_process(pid: int, metrics: str) -> ProcessSample:
    """Look at a process that serves its metrics at this address.

    Raises:
        OSError: It has ended.
        httpx.HTTPError: It does not answer.
    """
    text = httpx.get(metrics, timeout=10).raise_for_status().text
    return ProcessSample(
        at=monotonic(),
        rss_mb=resident_mb(pid),
        cpu_s=_cpu_s(pid),
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
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


def _cpu_s(pid: int) -> float:
    """Processor seconds of a process, its own and the system's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
