"""Footage cases on this machine: the best model here, and the clips that are here."""

import threading
from collections.abc import Iterator

from edge.sources.file import FileSource
from models import detector, footage
from models.errors import ModelError
from pipeline.frame import Frame
from pipeline.ports import Detector
from scenarios import footage as proof
from scenarios.cases import FootageCase
from scenarios.replay import Played
from scenarios.scenario_type import ScenarioType
from scenarios.settings import Parameters

DETECT_FPS = 5


class Clips:
    """Plays footage cases; nothing is fetched, what is not here is left out and named.

    Raises:
        ModelError: No model is on this machine.
    """

    def __init__(self) -> None:
        self._detector: Detector = detector.load(pull=False)

    def prove(self, kind: ScenarioType[Parameters]) -> Iterator[Played | str]:
        """Play the clips of a scenario; a text says why one was left out."""
        for case in kind.footage:
            try:
                yield self.play(kind, case)
            except ModelError as error:
                yield f"{case.clip}: {error}"

    def play(self, kind: ScenarioType[Parameters], case: FootageCase) -> Played:
        """Play one clip.

        Raises:
            NotFetchedError: It is not on this machine.
        """
        return proof.prove(kind, case, self._detector, self._frames(case.clip))

    @staticmethod
    def _frames(clip: str) -> Iterator[Frame]:
        source = FileSource(
            "footage", footage.find(clip), start_at=lambda: proof.BEGIN, detect_fps=DETECT_FPS
        )
        events = source.events(threading.Event())
        return (event for event in events if isinstance(event, Frame))
