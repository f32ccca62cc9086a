"""Say in words what a verifier thinks of an incident, and what that is worth. Pure."""

from api.accuracy.second_opinion.model import OpinionValue
from api.accuracy.second_opinion.rates import ErrorRates, update_probability
from pipeline.text import Text

_ANSWERS = {
    OpinionValue.TRUE: Text(zh="属实", en="true"),
    OpinionValue.FALSE: Text(zh="误报", en="false"),
    OpinionValue.UNSURE: Text(zh="无法判断", en="unsure"),
}


def describe_opinion(
    verifier: str,
    value: OpinionValue,
    explanation: Text,
    *,
    probability: float,
    rates: ErrorRates | None,
) -> Text:
    """Return one line: who says what, why, and the probability with it.

    Args:
        probability: That the incident is true, without the opinion.
        rates: Of this verifier in this scenario; ``None`` if no person has judged any.
    """
    answer = _ANSWERS[value]
    ratio = rates.likelihood_ratio(value) if rates else 1.0
    changed = update_probability(probability, ratio)
    if ratio == 1.0:
        zh = "现场与盲审结论尚不足，概率不变"
        en = "too few verdicts to judge it by, so the probability stays"
    else:
        zh = f"据此概率由 {probability:.0%} 变为 {changed:.0%}"
        en = f"with it the probability is {changed:.0%} instead of {probability:.0%}"
    seen = Text(zh=explanation.zh.strip(" 。"), en=explanation.en.strip(" ."))
    return Text(
        zh="；".join(filter(None, (f"第二意见（{verifier}）：{answer.zh}", seen.zh, zh))),
        en="; ".join(filter(None, (f"Second opinion ({verifier}): {answer.en}", seen.en, en))),
    )
