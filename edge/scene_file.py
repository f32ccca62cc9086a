"""Keep what a camera has learned of its scene over restarts, in the data folder."""

from datetime import datetime, timedelta
from pathlib import Path

import structlog

from edge.data_folder import read_if_exists, write_durably
from pipeline.errors import SavedSceneError
from pipeline.pixels.saved_scene import SavedScene

log = structlog.get_logger()

SCENES = "scenes"
SAVE_EVERY = timedelta(seconds=60)
"""What a killed process loses; a file has about 100 kB."""


class SceneFile:
    """The saved scene of one camera.

    Args:
        folder: The data folder of the node.
        node: Name of the node. The scene of another node or camera is not used; one of another
            address is, as long as it shows the same view.
    """

    def __init__(self, folder: Path, *, node: str, camera: str) -> None:
        self._file = folder / SCENES / f"{camera}.scene"
        self._camera, self.source = camera, f"{node}/{camera}"
        self._saved_at: datetime | None = None

    def load(self) -> SavedScene | None:
        """Read the scene; ``None`` if there is none, or it is damaged or of another camera."""
        try:
            data = read_if_exists(self._file)
            return SavedScene.from_bytes(data, source=self.source) if data is not None else None
        except (SavedSceneError, OSError) as error:
            log.warning(
                "saved_scene_ignored",
                camera=self._camera,
                file=str(self._file),
                reason=str(error),
                consequence="the scene is learned anew",
            )
            return None

    def is_due(self, at: datetime) -> bool:
        """Return whether the last saving is long enough ago; the first time counts as a saving."""
        if self._saved_at is None or at < self._saved_at:
            self._saved_at = at
        return at - self._saved_at >= SAVE_EVERY

    def save(self, scene: SavedScene | None) -> None:
        """Write a scene, if there is one; a full disk costs no more than the scene."""
        if scene is None:
            return
        self._saved_at = scene.at
        try:
            self._file.parent.mkdir(exist_ok=True)
            write_durably(self._file, scene.to_bytes())
        except OSError as error:
            log.warning("scene_not_saved", camera=self._camera, reason=error.strerror)
