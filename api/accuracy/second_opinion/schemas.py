"""Error rates of verifiers over HTTP."""

from typing import Annotated

from pydantic import Field

from api.web.schemas import Fraction, Payload

Interval = tuple[Fraction, Fraction]


class VerifierRates(Payload):
    """How often a verifier agrees with people, on the incidents of one scenario."""

    verifier: str
    scenario: str
    true_incidents: Annotated[int, Field(ge=0, description="Judged true by a person")]
    false_incidents: Annotated[int, Field(ge=0, description="Judged false by a person")]
    confirmed: Annotated[
        Interval | None, Field(description="Share of the true ones it calls true, 95 % interval")
    ]
    rejected: Annotated[
        Interval | None, Field(description="Share of the false ones it calls false, 95 % interval")
    ]
    keeps_recall: Annotated[
        bool,
        Field(
            description="Shown: without what it calls false, recall falls by at most one point. "
            "Nothing acts on it"
        ),
    ]


class SecondOpinions(Payload):
    """The error rates of all verifiers."""

    rates: list[VerifierRates]
