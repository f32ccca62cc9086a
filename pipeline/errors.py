"""Every error of the pipeline; ``retryable`` says whether to try again.

PipelineError
├── GeometryError           a box, line or zone is empty, crosses itself, or leaves the frame
├── GroundError             marked points do not define a ground plane
├── ScheduleError           hours are empty or not hours of a day
├── DetectionsError         arrays of a detector differ in length or hold impossible values
├── UnsupportedLabelsError  a scenario needs labels that its detector does not have
├── ClockWentBackError      a frame is older than the one before it
├── SavedSceneError         a saved scene is damaged or belongs to another camera
└── WireError               a message cannot be decoded or contradicts itself

Arguments are passed to ``Exception`` unchanged, so that every error can be pickled.
"""

from datetime import datetime


class PipelineError(Exception):
    """Base class of the errors of the pipeline."""

    retryable = False
    exit_code = 1


class GeometryError(PipelineError, ValueError):
    """A box, line or zone is empty, crosses itself, or leaves the frame; correct its points."""


class GroundError(PipelineError, ValueError):
    """Marked points do not define a ground plane: too few, on a line, mixed up."""


class ScheduleError(PipelineError, ValueError):
    """Hours are empty or not hours of a day."""


class DetectionsError(PipelineError, ValueError):
    """The arrays of a detector do not fit together; the head of the model is at fault."""


class UnsupportedLabelsError(PipelineError):
    """A scenario needs labels that its detector does not have, so it could never fire.

    Raised when a pipeline is built. Choose another model, or remove the scenario.
    """

    exit_code = 2

    def __init__(self, scenario: str, labels: tuple[str, ...], model: str) -> None:
        super().__init__(scenario, labels, model)
        self.scenario = scenario
        self.labels = labels
        self.model = model

    def __str__(self) -> str:
        """Return the scenario, the labels and what to do."""
        return (
            f"{self.scenario} watches for {', '.join(self.labels)}, which model {self.model} "
            "does not detect: choose another model, or take the scenario off this camera"
        )


class ClockWentBackError(PipelineError):
    """A frame or gap begins before the last one ended.

    Occurs when a camera sets its clock, or when footage is fed twice. Drop and count the frame:
    the state of the stage that raised is unchanged.
    """

    def __init__(self, previous: datetime, received: datetime) -> None:
        super().__init__(previous, received)
        self.previous = previous
        self.received = received

    def __str__(self) -> str:
        """Return the time and the difference."""
        return f"{self.received} is {self.previous - self.received} before the last frame or gap"


class SavedSceneError(PipelineError, ValueError):
    """A saved scene is damaged, of another version, or of another camera; it is learned anew."""


class WireError(PipelineError, ValueError):
    """A message cannot be decoded: quarantine and count it."""
