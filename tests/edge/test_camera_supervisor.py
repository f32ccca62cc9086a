"""Cameras start and stop independently of each other."""

import threading
from collections.abc import Iterator

import pytest

from edge.camera_supervisor import CameraJob, CameraSupervisor
from edge.errors import SourceError
from edge.worker import CameraWorker, ReportState
from pipeline.alert import CloseReason
from pipeline.wire import CameraState
from tests.messages import NOON


class HangingCameras:
    """Cameras whose threads hang until ``release`` is set, and then fail to open their source."""

    def __init__(self) -> None:
        self.release, self.started = threading.Event(), threading.Semaphore(0)
        self.reported: list[tuple[str, str, str]] = []
        self.deaths = 0
        self.cameras = CameraSupervisor(
            report_state=self._report,
            now=lambda: NOON,
            stop_node=threading.Event(),
            stop_timeout_s=0.05,
        )

    def _report(self, name: str, state: CameraState) -> None:
        self.reported.append((name, state.state, state.reason))

    def _build_worker(self, _: ReportState) -> CameraWorker:
        self.started.release()
        assert self.release.wait(10)
        raise SourceError("north-gate", "is gone")

    def start_camera(self) -> None:
        camera = CameraJob(
            name="north-gate",
            build_worker=self._build_worker,
            restarts_after_fault=False,
            is_finite=False,
        )
        self.cameras.start(camera)
        assert self.started.acquire(timeout=10)


@pytest.fixture
def hanging() -> Iterator[HangingCameras]:
    cameras = HangingCameras()
    yield cameras
    cameras.release.set()
    cameras.cameras.stop_all()


def test_a_camera_that_hangs_is_abandoned_and_started_again(hanging: HangingCameras) -> None:
    hanging.start_camera()

    assert not hanging.cameras.restart("north-gate")
    assert hanging.started.acquire(timeout=10), "the camera was started again"
    assert hanging.cameras.running_names == ("north-gate",)


def test_stopping_an_unknown_camera_succeeds(hanging: HangingCameras) -> None:
    assert hanging.cameras.stop("south-gate", CloseReason.RECONFIGURED)


def test_no_camera_starts_after_stop_all(hanging: HangingCameras) -> None:
    hanging.release.set()
    hanging.cameras.stop_all()
    hanging.cameras.start(
        CameraJob(
            name="roof",
            build_worker=hanging._build_worker,  # noqa: SLF001  # private to this module
            restarts_after_fault=False,
            is_finite=False,
        )
    )

    assert hanging.cameras.running_names == ()


def test_a_state_is_not_reported_twice(hanging: HangingCameras) -> None:
    hanging.cameras.mark_disabled("roof", "disabled")
    hanging.cameras.mark_disabled("roof", "disabled")
    hanging.cameras.mark_disabled("roof", "removed by the centre")

    assert hanging.reported == [
        ("roof", "disabled", "disabled"),
        ("roof", "disabled", "removed by the centre"),
    ]
