"""Continue with a scene that was saved before a restart, if it still shows the same view."""

from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.pixels.background_model import BackgroundModel
from pipeline.pixels.masks import Plane
from pipeline.pixels.saved_scene import SavedBackground, SavedPlane, SavedScene, SavedView
from pipeline.pixels.tamper import (
    MAX_LEARNABLE_CHANGE,
    TamperDetector,
    UsualView,
    compare_views,
    normalised_gradients,
)

MAX_AGE = timedelta(hours=1)
"""An older background is not used: shadows have moved, and what was left at the time of the
saving would have become background by now."""
MAX_VIEW_AGE = timedelta(hours=24)
"""Edges do not depend on the light, so that a camera moved during a day's outage is noticed."""
RETRY_FOR = timedelta(seconds=10)
"""The first frames of a stream may be damaged, so that the view is compared for so long."""


class RestoreOutcome(StrEnum):
    """What became of a saved scene."""

    RESTORED = "restored"
    TOO_OLD = "too_old"
    REPLAYED = "replayed"
    """It is younger than the frames, so a recording is played again, with equal alerts."""
    OTHER_VIEW = "other_view"
    """The camera shows something else now."""


class SceneMemory:
    """A saved scene that waits for the first frames.

    Attributes:
        outcome: ``None`` while there was no scene, or none of the frames has decided yet.
    """

    def __init__(self) -> None:
        self.outcome: RestoreOutcome | None = None
        self._scene: SavedScene | None = None
        self._since: datetime | None = None

    def load(self, scene: SavedScene) -> None:
        """Take a scene to be restored at the next frames."""
        self._scene, self._since, self.outcome = scene, None, None

    @property
    def is_pending(self) -> bool:
        """Whether a scene waits."""
        return self._scene is not None

    def restore_view(self, at: datetime, tamper: TamperDetector) -> None:
        """Restore the usual view at the first frame."""
        scene = self._scene
        if scene is None or self._since is not None:
            return
        self._since = at
        if at < scene.at:
            self._end(RestoreOutcome.REPLAYED)
        elif at - scene.at > MAX_VIEW_AGE:
            self._end(RestoreOutcome.TOO_OLD)
        elif scene.view is not None:
            gradients = scene.view.gradients.array()
            tamper.usual = UsualView(
                gradients.astype("float32"), scene.view.sharpness, scene.view.images
            )

    def restore_backgrounds(
        self, at: datetime, grey: Plane, static: BackgroundModel, fires: BackgroundModel
    ) -> None:
        """Restore the backgrounds as soon as a frame shows their view."""
        scene, since = self._scene, self._since
        if scene is None or since is None:
            return
        if at - scene.at > MAX_AGE:
            self._end(RestoreOutcome.TOO_OLD)
        elif _shows_view(scene, grey):
            for saved, background in ((scene.static_objects, static), (scene.fires, fires)):
                if saved is not None:
                    saved.restore_to(background)
            self._end(RestoreOutcome.RESTORED)
        elif at - since >= RETRY_FOR:
            self._end(RestoreOutcome.OTHER_VIEW)

    def _end(self, outcome: RestoreOutcome) -> None:
        self._scene, self.outcome = None, outcome


def save_scene(
    source: str,
    at: datetime,
    *,
    static: BackgroundModel,
    fires: BackgroundModel,
    tamper: TamperDetector,
) -> SavedScene:
    """Return what the detectors have learned until now."""
    usual = tamper.usual if tamper.can_see else None
    return SavedScene(
        source=source,
        at=at,
        static_objects=SavedBackground.of(static) if static.known.any() else None,
        fires=SavedBackground.of(fires) if fires.known.any() else None,
        view=_saved_view(usual) if usual is not None else None,
    )


def _saved_view(usual: UsualView) -> SavedView:
    gradients = SavedPlane.of(usual.gradients)
    return SavedView(gradients=gradients, sharpness=usual.sharpness, images=usual.images)


def _shows_view(scene: SavedScene, grey: Plane) -> bool:
    saved = scene.static_objects or scene.fires
    if saved is None:
        return True
    then = normalised_gradients(saved.pixels.array().astype("uint8"))
    change = compare_views(then, normalised_gradients(grey), blur=0.0)
    return change.lost_share < MAX_LEARNABLE_CHANGE
