"""What the second looks at an episode have found."""

from enum import StrEnum
from statistics import median

import msgspec

from pipeline.signal import ExplainStep

MIN_LOOKS = 2
"""Looks that may keep an alert from opening: one may have met a person who passed in front."""
MAX_LOOKS = 3
"""Looks that count, the newest."""


class LookEffect(StrEnum):
    """What second looks may do to an alert, beyond its score."""

    SCORE_ONLY = "score_only"
    """Nothing: a person may die if it is withheld."""
    MAY_WITHHOLD = "may_withhold"
    """Keep it from opening while several of them find nothing like its objects."""
    MUST_CONFIRM = "must_confirm"
    """Keep it from opening until most of them confirm: the model has no label for look-alikes."""


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

    def withholds(self, effect: LookEffect) -> bool:
        """Return whether the alert must not open; never after a single look."""
        if effect is LookEffect.SCORE_ONLY or len(self._looks) < MIN_LOOKS:
            return False
        if all(look.contradicts for look in self._looks):
            return True
        confirmed = sum(look.confirms for look in self._looks)
        return effect is LookEffect.MUST_CONFIRM and 2 * confirmed <= len(self._looks)

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
