"""Every error the core can raise; ``retryable`` says whether to try again.

PipelineError
├── GeometryError       a box, polygon or zone is empty, crossed, or leaves the frame
├── GroundError         marked points do not tell where the ground is
├── ScheduleError       hours are empty, or no hours of a day
├── DetectionsError     a detector's arrays disagree in length, or hold impossible values
├── BlindError          a scenario watches for what its detector cannot see
├── ClockWentBackError  a frame is older than the one before it
└── WireError           a message cannot be read, or says impossible things

Arguments go to ``Exception`` untouched: every error can be pickled.
"""

from datetime import datetime


class PipelineError(Exception):
    """What the core could not do."""

    retryable = False
    exit_code = 1


class GeometryError(PipelineError, ValueError):
    """A box, polygon or zone is empty, crossed, or leaves the frame; mend the numbers."""


class GroundError(PipelineError, ValueError):
    """Marked points do not tell where the ground is: too few, on a line, mixed up; mark anew."""


class ScheduleError(PipelineError, ValueError):
    """Hours are empty, or no hours of a day; write them anew."""


class DetectionsError(PipelineError, ValueError):
    """A detector's arrays do not fit together; the model's head is at fault."""


class UnsupportedLabelsError(PipelineError):
    """A scenario watches for labels its detector does not know: it could never speak.

    Raised when a pipeline is built. Choose another model, or take the scenario off.
    """

    exit_code = 2

    def __init__(self, scenario: str, labels: tuple[str, ...], model: str) -> None:
        super().__init__(scenario, labels, model)
        self.scenario = scenario
        self.labels = labels
        self.model = model

    def __str__(self) -> str:
        """Name the scenario, what it cannot see, and the mend."""
        return (
            f"{self.scenario} watches for {', '.join(self.labels)}, which model {self.model} "
            "does not detect: choose another model, or take the scenario off this camera"
        )


class ClockWentBackError(PipelineError):
    """A frame or gap begins before the last one ended.

    Seen when a camera sets its clock, or when footage is fed twice. Drop and
    count the frame: the stage that raised has kept its state.
    """

    def __init__(self, previous: datetime, received: datetime) -> None:
        super().__init__(previous, received)
        self.previous = previous
        self.received = received

    def __str__(self) -> str:
        """Say by how much, which is what the operator needs."""
        return f"{self.received} is {self.previous - self.received} before the last frame or gap"


class WireError(PipelineError, ValueError):
    """A message cannot be read: quarantine the bytes, count them, show them."""
