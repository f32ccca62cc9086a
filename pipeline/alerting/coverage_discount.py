"""Lower the score of alerts of a camera whose detector does not see well."""

from dataclasses import replace

from pipeline.alert import Alert
from pipeline.signal import ExplainStep


def discounted(alert: Alert, unexplained_share: float) -> Alert:
    """Return an alert with the score of a camera that explains only a part of what moves."""
    score = alert.score * (1 - unexplained_share / 2)
    step = ExplainStep(
        name="coverage",
        value_in=round(alert.score, 4),
        value_out=round(score, 4),
        reason=f"{unexplained_share:.0%} of moving objects not detected",
    )
    return replace(alert, score=score, explain=(*alert.explain, step))
