"""Run ultralytics and other peers in a separate environment, set up by ``make peer``."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec

from gridwatch.errors import GridwatchError

ULTRALYTICS_SCRIPT = Path(__file__).with_name("ultralytics_peer.py")
MOT_SCRIPT = Path(__file__).with_name("mot_peer.py")
DEFAULT_PYTHON = Path(".setup/peer/bin/python")
PYTHON_VARIABLE = "GRIDWATCH_PEER_PYTHON"
TIMEOUT_S = 900.0
TRAINING_TIMEOUT_S = 7 * 86400.0


class PeerError(GridwatchError):
    """The peer is not installed, or failed; ``make peer`` installs it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        """Return the problem and the fix."""
        return f"ultralytics: {self.what}; run `make peer` to install it in a separate environment"


class ExportedNetwork(msgspec.Struct, frozen=True):
    """What ultralytics says of a network that it exported."""

    names: list[str]
    task: str
    version: str


class PredictedBoxes(msgspec.Struct, frozen=True):
    """Detections in one picture: corners as fractions, scores, class numbers."""

    corners: list[tuple[float, float, float, float]]
    scores: list[float]
    classes: list[int]


class TrainedNetwork(msgspec.Struct, frozen=True):
    """A network that ultralytics has trained.

    Args:
        seconds: Duration of the training.
        names: The classes of the data set.
        pictures: The pictures that were held back, in the order of ``labels``.
        labels: Their label files (YOLO); a picture without objects may lack its file.
    """

    seconds: float
    names: list[str]
    pictures: list[str]
    labels: list[str]


class Peer:
    """Calls the peer; each call is a separate process.

    Args:
        folder: Folder for its files.

    Attributes:
        python: The interpreter of its environment.

    Raises:
        PeerError: The environment does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        own = sys.executable if find_spec("ultralytics") else DEFAULT_PYTHON
        self.python = Path(os.environ.get(PYTHON_VARIABLE, own)).absolute()
        if not self.python.exists():
            raise PeerError(f"{self.python} does not exist")

    def export_network(self, size: int) -> Path:
        """Export the network that both sides run, with random weights."""
        self._call("export", str(self._network(size)), str(size))
        return self._network(size)

    def export_weights(self, weights: Path, target: Path, size: int) -> ExportedNetwork:
        """Export weights of ultralytics as ONNX."""
        answer = self._run(
            ULTRALYTICS_SCRIPT, "export-weights", str(weights), str(target), str(size)
        )
        return msgspec.json.decode(answer, type=ExportedNetwork)

    def predict(
        self, weights: Path, pictures: Path, *, size: int, min_score: float
    ) -> list[PredictedBoxes]:
        """Return the detections of ultralytics itself in the pictures of a folder, by name."""
        arguments = (str(weights), str(pictures), str(size), str(min_score))
        answer = self._run(ULTRALYTICS_SCRIPT, "predict", *arguments)
        return msgspec.json.decode(answer, type=dict[str, list[PredictedBoxes]])["pictures"]

    def train(
        self, dataset: Path, base: str, target: Path, *, epochs: int, size: int
    ) -> TrainedNetwork:
        """Train a network on a data set (``data.yaml``) and write its best weights to ``target``.

        Args:
            base: Weights (.pt) to go on from, or a network (.yaml) with random weights.
        """
        arguments = (str(dataset), base, str(target), str(epochs), str(size))
        answer = self._run(ULTRALYTICS_SCRIPT, "train", *arguments, timeout_s=TRAINING_TIMEOUT_S)
        return msgspec.json.decode(answer, type=TrainedNetwork)

    def measure_tracking(self, clip: Path, *, stride: int, size: int) -> float:
        """Processor seconds a frame of ``measure_tracking(stream=True, persist=True)``."""
        result = self._call("track", str(self._network(size)), str(clip), str(stride), str(size))
        return float(result["cpu_s"]) / float(result["frames"])

    def measure_association(self, count: int) -> float:
        """Return the CPU seconds of one update of its tracker with ``count`` detections."""
        return float(self._call("associate", str(count))["s"])

    def score_trackers(
        self, truth: Path, detections: Path, ours: Path
    ) -> dict[str, dict[str, float]]:
        """Return MOTA and other metrics of our tracks, and of the peers' on the same detections."""
        result = self._run(MOT_SCRIPT, str(truth), str(detections), str(ours))
        return msgspec.json.decode(result, type=dict[str, dict[str, float]])

    def _network(self, size: int) -> Path:
        return self._folder / f"yolo11n-{size}.onnx"

    def _call(self, *arguments: str) -> dict[str, float]:
        return msgspec.json.decode(self._run(ULTRALYTICS_SCRIPT, *arguments), type=dict[str, float])

    def _run(self, script: Path, *arguments: str, timeout_s: float = TIMEOUT_S) -> str:
        quiet = {"YOLO_CONFIG_DIR": str(self._folder), "YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0"}
        try:
            done = subprocess.run(
                [str(self.python), str(script), *arguments],
                cwd=self._folder,
                env={**os.environ, **quiet},
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=True,
            )
            return done.stdout.splitlines()[-1]
        except subprocess.CalledProcessError as error:
            raise PeerError(["it failed", *error.stderr.strip().splitlines()][-1]) from None
        except (subprocess.TimeoutExpired, IndexError) as error:
            raise PeerError(str(error)) from None
