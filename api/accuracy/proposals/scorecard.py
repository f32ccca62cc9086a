"""Sum up each camera, scenario and model, and say what to mend first. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.accuracy.agreement import NORMAL_95
from api.accuracy.estimates import wilson
from api.accuracy.proposals.model import Proposal


class CardKind(StrEnum):
    """What a scorecard is about."""

    CAMERA = "camera"
    SCENARIO = "scenario"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCounts:
    """How the incidents of a camera, scenario and model were judged.

    Args:
        model: Empty for a scenario without one.
        n: All incidents, judged or not.
    """

    node: str
    camera: str
    scenario: str
    model: str
    n: int
    n_true: int
    n_false: int
    n_benign: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProposals:
    """The proposals for a camera and scenario."""

    node: str
    camera: str
    scenario: str
    proposals: Sequence[Proposal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """How one camera, scenario or model is doing, and what to mend first.

    Args:
        key: Node and camera, the scenario, or the model.
        true_share: Of those judged true or false, without weights: who is reviewed more often
            counts more often. ``None`` without any.
        low: Lower end of its 95 % interval (Wilson 1927).
        suggestions: What saves most first.
    """

    kind: CardKind
    key: tuple[str, ...]
    n: int
    n_true: int
    n_false: int
    n_benign: int
    true_share: float | None
    low: float
    high: float
    suggestions: Sequence[SourceProposals]


def make_scorecards(
    counts: Sequence[SourceCounts], proposed: Sequence[SourceProposals]
) -> list[Scorecard]:
    """Return a card for each camera, scenario and model, most false alerts first."""
    parts: dict[tuple[CardKind, tuple[str, ...]], list[SourceCounts]] = defaultdict(list)
    for kind in CardKind:
        for item in counts:
            parts[kind, _key(kind, item)].append(item)
    cards = [_card(kind, key, part, proposed) for (kind, key), part in parts.items() if any(key)]
    return sorted(cards, key=lambda card: (-card.n_false, card.kind, card.key))


def _card(
    kind: CardKind,
    key: tuple[str, ...],
    counts: Sequence[SourceCounts],
    proposed: Sequence[SourceProposals],
) -> Scorecard:
    n_true, n_false = sum(item.n_true for item in counts), sum(item.n_false for item in counts)
    judged = n_true + n_false
    low, high = wilson(n_true / judged, judged, NORMAL_95) if judged else (0.0, 1.0)
    own = {(item.node, item.camera, item.scenario) for item in counts}
    return Scorecard(
        kind=kind,
        key=key,
        n=sum(item.n for item in counts),
        n_true=n_true,
        n_false=n_false,
        n_benign=sum(item.n_benign for item in counts),
        true_share=n_true / judged if judged else None,
        low=low,
        high=high,
        suggestions=[item for item in proposed if (item.node, item.camera, item.scenario) in own],
    )


def _key(kind: CardKind, item: SourceCounts) -> tuple[str, ...]:
    match kind:
        case CardKind.CAMERA:
            return item.node, item.camera
        case CardKind.SCENARIO:
            return (item.scenario,)
        case CardKind.MODEL:
            return (item.model,)
