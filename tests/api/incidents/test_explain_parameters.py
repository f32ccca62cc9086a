"""The parameters of an explanation step."""

from api.incidents.explain_parameters import HoldParameters, StepParameters, step_parameters
from pipeline.signal import ExplainStep


def parameters_of(name: str, reason: str) -> StepParameters:
    return step_parameters(ExplainStep(name=name, value_in=9, value_out=9, reason=reason))


def test_detect_has_labels() -> None:
    assert parameters_of("detect", "dining table, person").labels == ("dining table", "person")
    assert parameters_of("detect", "").labels == ()


def test_rule_has_measures() -> None:
    reason = "per_m2=4.25 people=9 shift=-0.5 growth=1e+06"

    assert parameters_of("rule", reason).measures == {
        "per_m2": 4.25,
        "people": 9,
        "shift": -0.5,
        "growth": 1e6,
    }


def test_hold_has_a_duration_and_a_share() -> None:
    assert parameters_of("hold", "30 s, ≥ 0.6").hold == HoldParameters(duration_s=30, min_share=0.6)


def test_an_unknown_notation_has_no_parameters() -> None:
    for name, reason in (
        ("hold", "seen 0.92 of the last 30 s"),
        ("rule", "no numbers here"),
        ("zone", "steps"),
        ("track", ""),
        ("other", "people=9"),
    ):
        assert parameters_of(name, reason) == StepParameters()
