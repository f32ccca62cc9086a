"""Reasons: every code has a text, and long values do not make a message invalid."""

from string import Formatter

import msgspec
import pytest

from pipeline.wire import ConfigRejection, Reason, ReasonCode, ReportedConfig
from pipeline.wire.failure_reason import MAX_LENGTH, TEXTS
from pipeline.wire.node_messages import decode_message, encode_message


@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_has_a_text(code: ReasonCode) -> None:
    names = [name for _, name, _, _ in Formatter().parse(TEXTS[code]) if name]

    text = str(Reason.of(code, **{name: f"<{name}>" for name in names}))

    assert text
    assert all(f"<{name}>" in text for name in names)


def test_a_rejection_with_a_long_value_can_be_read() -> None:
    reason = Reason.of(ReasonCode.UNKNOWN_KEY, suggestion="x" * 3 * MAX_LENGTH)
    report = ReportedConfig(
        rev=0,
        sha256=None,
        seen_rev=1,
        outcome="failure",
        refused=(ConfigRejection.of("k" * 900, reason),),
        config=msgspec.Raw(b"{}"),
    )

    assert decode_message(encode_message(report), ReportedConfig) == report
    assert len(report.refused[0].reason) == MAX_LENGTH
