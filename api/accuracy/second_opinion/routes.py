"""HTTP route of the error rates of verifiers."""

from fastapi import APIRouter

from api.accounts.dependencies import Context
from api.accuracy.second_opinion import store
from api.accuracy.second_opinion.rates import ErrorRates
from api.accuracy.second_opinion.schemas import SecondOpinions, VerifierRates
from api.web.problems import problem_responses

router = APIRouter(prefix="/v1/accuracy", tags=["accuracy"])


@router.get("/second-opinions", responses=problem_responses(401))
async def get_second_opinions(context: Context) -> SecondOpinions:
    """Return how often each verifier agrees with people, by scenario."""
    counted = await store.count_opinions(context.connection)
    return SecondOpinions(
        rates=[_present(verifier, key, rates) for (verifier, key), rates in counted.items()]
    )


def _present(verifier: str, scenario: str, rates: ErrorRates) -> VerifierRates:
    return VerifierRates(
        verifier=verifier,
        scenario=scenario,
        true_incidents=rates.n_true,
        false_incidents=rates.n_false,
        confirmed=rates.confirmed,
        rejected=rates.rejected,
        keeps_recall=rates.keeps_recall,
    )
