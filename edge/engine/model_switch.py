"""Change the model of a running node to the one that a configuration names."""

from collections.abc import Callable

from edge.config.loader import ResolvedConfig
from edge.engine.shared_engine import SharedEngine
from pipeline.camera import require_known_labels
from pipeline.ports import Detector

LoadModel = Callable[[ResolvedConfig], Detector]
"""Loads the model of a configuration from this machine; raises ``ModelError`` if it cannot."""


class ModelSwitch:
    """Knows the model that runs, and the one of the last configuration that was checked.

    Args:
        engine: Runs the model of ``config``.
        config: The configuration of ``edge.toml``.
    """

    def __init__(self, engine: SharedEngine, config: ResolvedConfig, load: LoadModel) -> None:
        self._engine, self._load = engine, load
        self._running: str | None = config.settings.model.name
        self._checked: tuple[str | None, Detector] | None = None

    def check(self, config: ResolvedConfig) -> None:
        """Check that the model can be loaded and detects what the scenarios need.

        Raises:
            ModelError: It is not on this machine, or its file is damaged.
            UnsupportedLabelsError: It does not report a label that a scenario needs.
        """
        detector = self._detector_of(config)
        for camera in config.cameras:
            for scenario in camera.scenarios:
                require_known_labels(scenario, detector)

    def needs_switch(self, config: ResolvedConfig) -> bool:
        """Return whether the configuration names another model than the one that runs."""
        return config.settings.model.name != self._running

    def switch(self, config: ResolvedConfig) -> None:
        """Run the model of a configuration that was checked, while no camera runs."""
        if self.needs_switch(config):
            self._engine.use(self._detector_of(config))
            self._running = config.settings.model.name
        self._checked = None  # frees the model that is not used

    def _detector_of(self, config: ResolvedConfig) -> Detector:
        name = config.settings.model.name
        if name == self._running:
            return self._engine.detector
        if self._checked is None or self._checked[0] != name:
            self._checked = name, self._load(config)
        return self._checked[1]
