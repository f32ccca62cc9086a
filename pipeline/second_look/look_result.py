"""What the second looks at an episode have found."""

from statistics import median

import msgspec

from pipeline.signal import ExplainStep

MIN_CONTRADICTIONS = 2
"""Looks that must all contradict: one may have met a person who passed in front."""
MAX_LOOKS = 3
"""Looks that count, the newest."""


class LookResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one second look.

    Args:
        score: Of the object that the signal stands or falls with, in the enlarged picture; 0 if
            it was not found there.
        zoom: How many times larger the objects were than in the ordinary inference.
        confirms: The score alone could start a track.
        contradicts: Nothing like the object is there.
    """

    score: float
    zoom: float
    confirms: bool
    contradicts: bool


class LookHistory:
    """The second looks at one episode, oldest first."""

    def __init__(self) -> None:
        self._looks: list[LookResult] = []

    def __len__(self) -> int:
        """Return how many looks count."""
        return len(self._looks)

    def add(self, look: LookResult) -> None:
        """Add a look; only the newest count."""
        self._looks = [*self._looks, look][-MAX_LOOKS:]

    @property
    def contradict(self) -> bool:
        """Whether several looks were taken, and each of them found nothing like the objects."""
        looks = self._looks
        return len(looks) >= MIN_CONTRADICTIONS and all(look.contradicts for look in looks)

    def adjust(self, score: float) -> float:
        """Return a score raised or lowered by the looks: the mean of both; without any, itself."""
        if not self._looks:
            return score
        return (score + median(look.score for look in self._looks)) / 2

    def explain(self, score: float) -> tuple[ExplainStep, ...]:
        """Return the step of the looks, empty without any.

        Args:
            score: Before the looks.
        """
        if not self._looks:
            return ()
        zoom = max(look.zoom for look in self._looks)
        step = ExplainStep(
            name="second_look",
            value_in=len(self._looks),
            value_out=sum(look.confirms for look in self._looks),
            reason=f"zoom={zoom:.2g} score_before={score:.2g} score_after={self.adjust(score):.2g}",
        )
        return (step,)
