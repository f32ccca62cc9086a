"""One step on the way to an alert, for those who ask why."""

import msgspec


class ExplainStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step of the way to the alert: what went in, what came out, and why.

    Args:
        name: The step: ``detect``, ``track``, ``zone``, ``rule``, ``hold``; ``step`` on the wire.
        value_in: How much went in; ``in`` on the wire.
        value_out: How much came out; ``out`` on the wire.
        reason: What decided it, in names and numbers, which need no translation.
    """

    name: str = msgspec.field(name="step")
    value_in: float = msgspec.field(name="in")
    value_out: float = msgspec.field(name="out")
    reason: str = ""
