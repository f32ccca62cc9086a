"""Decide whether a node goes back to the model before. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from scipy.stats import fisher_exact

from api.fleet.control.config_store import ConfigRevision

AUTHOR = "model-rollback"
"""Author of the revisions that take a model back; these are not taken back in turn."""
WATCHED_FOR = timedelta(days=14)
"""How long a new model is watched; later, drift and thresholds guard it like any other."""
MAX_P_VALUE = 0.01
"""Of the test that the precision has fallen; it is made once a day, at most 14 times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """A model that a configuration of the centre has set on a node, and what ran before.

    Args:
        rev: The newest revision of the node.
        before: The model that a configuration named before; ``None`` if it was left to the file
            of the node.
        tables: Of the newest revision.
    """

    node: str
    rev: int
    model: str
    before: str | None
    changed_at: datetime
    tables: Mapping[str, Any]

    @property
    def tables_before(self) -> dict[str, Any]:
        """The newest configuration with the model before; other changes since stay."""
        model = {key: value for key, value in self.tables["model"].items() if key != "name"}
        if self.before is not None:
            model["name"] = self.before
        return {**self.tables, "model": model}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlerts:
    """Verdicts on incidents of cameras and scenarios that both models have reported.

    Args:
        true: Of the new model.
        false: Of the new model.
        true_before: Of the models before, in the 60 days before the change.
        false_before: Likewise.
        drifting_since: When the scores of the new model began to drift; ``None`` if they do not.
    """

    true: int
    false: int
    true_before: int
    false_before: int
    drifting_since: datetime | None


def find_model_change(revisions: Sequence[ConfigRevision], now: datetime) -> ModelChange | None:
    """Return the change of the model that is to be watched.

    Args:
        revisions: Of one node, newest first.

    Returns:
        ``None`` without a named model, after ``WATCHED_FOR``, and after a roll-back.
    """
    if not revisions:
        return None
    names = [_model_of(revision) for revision in revisions]
    n_same = next((n for n, name in enumerate(names) if name != names[0]), len(names))
    newest, first = revisions[0], revisions[n_same - 1]
    if names[0] is None or first.author == AUTHOR or now - first.at > WATCHED_FOR:
        return None
    return ModelChange(
        node=newest.node,
        rev=newest.rev,
        model=names[0],
        before=names[n_same] if n_same < len(names) else None,
        changed_at=first.at,
        tables=msgspec.json.decode(newest.config),
    )


def find_rollback_reason(change: ModelChange, judged: JudgedAlerts) -> str:
    """Return why a model has to go; empty if it may stay.

    The precision is compared by Fisher's exact test, one-sided, at ``MAX_P_VALUE``.
    """
    n, n_before = judged.true + judged.false, judged.true_before + judged.false_before
    if judged.drifting_since is not None:
        return f"{change.model}: its scores drift since {judged.drifting_since:%Y-%m-%d %H:%M} UTC"
    if not n or not n_before:
        return ""
    table = [[judged.true, judged.false], [judged.true_before, judged.false_before]]
    if float(fisher_exact(table, alternative="less").pvalue) >= MAX_P_VALUE:
        return ""
    return (
        f"{change.model}: {judged.true} of {n} judged incidents are true, "
        f"{judged.true_before} of {n_before} before"
    )


def _model_of(revision: ConfigRevision) -> str | None:
    tables = msgspec.json.decode(revision.config)
    model = tables.get("model") if isinstance(tables, dict) else None
    name = model.get("name") if isinstance(model, dict) else None
    return name if isinstance(name, str) else None
