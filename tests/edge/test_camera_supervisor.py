"""Cameras begin and end one by one; one that hangs holds up nobody."""

import threading
from collections.abc import Iterator

import pytest

from edge.camera_supervisor import CameraJob, CameraSupervisor
from edge.errors import SourceError
from edge.worker import CameraWorker, ReportState
from pipeline.alert import CloseReason
from pipeline.wire import CameraState
from tests.messages import NOON


class Yard:
    """Cameras whose threads hang until they are let go, and then cannot open their source."""

    def __init__(self) -> None:
        self.let_go, self.begun = threading.Event(), threading.Semaphore(0)
        self.said: list[tuple[str, str, str]] = []
        self.died = 0
        self.cameras = CameraSupervisor(
            report_state=self._tell,
            now=lambda: NOON,
            stop_node=threading.Event(),
            stop_timeout_s=0.05,
        )

    def _tell(self, name: str, state: CameraState) -> None:
        self.said.append((name, state.state, state.reason))

    def _build(self, _: ReportState) -> CameraWorker:
        self.begun.release()
        assert self.let_go.wait(10)
        raise SourceError("north-gate", "is gone")

    def begin(self) -> None:
        camera = CameraJob(
            name="north-gate", build_worker=self._build, restarts_after_fault=False, is_finite=False
        )
        self.cameras.start(camera)
        assert self.begun.acquire(timeout=10)


@pytest.fixture
def yard() -> Iterator[Yard]:
    made = Yard()
    yield made
    made.let_go.set()
    made.cameras.stop_all()


def test_a_camera_that_hangs_is_left_behind_and_begun_anew(yard: Yard) -> None:
    yard.begin()

    assert not yard.cameras.restart("north-gate")
    assert yard.begun.acquire(timeout=10), "begun anew"
    assert yard.cameras.running_names == ("north-gate",)


def test_a_camera_that_is_not_there_has_ended(yard: Yard) -> None:
    assert yard.cameras.stop("south-gate", CloseReason.RECONFIGURED)


def test_nothing_begins_once_all_end(yard: Yard) -> None:
    yard.let_go.set()
    yard.cameras.stop_all()
    yard.cameras.start(
        CameraJob(
            name="roof",
            build_worker=yard._build,  # noqa: SLF001  # its own
            restarts_after_fault=False,
            is_finite=False,
        )
    )

    assert yard.cameras.running_names == ()


def test_what_was_said_is_not_said_again(yard: Yard) -> None:
    yard.cameras.mark_disabled("roof", "disabled")
    yard.cameras.mark_disabled("roof", "disabled")
    yard.cameras.mark_disabled("roof", "removed by the centre")

    assert yard.said == [
        ("roof", "disabled", "disabled"),
        ("roof", "disabled", "removed by the centre"),
    ]
