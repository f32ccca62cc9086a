"""What every verifier does."""

from typing import Protocol

from api.accuracy.second_opinion.model import Opinion, Question


class Verifier(Protocol):
    """Looks at the snapshot of an incident.

    Attributes:
        name: Of the model; its error rates are counted under it.
    """

    @property
    def name(self) -> str:
        """Of the model."""
        ...

    async def ask(self, question: Question) -> Opinion:
        """Return an opinion.

        Raises:
            SecondOpinionError: There is none; ``retryable`` says whether to ask again.
        """
        ...
