"""An unexpected fault of a request becomes an error that answers it; expected errors stay."""

import pytest

from edge.errors import CommandError, InternalFaultError
from edge.fault_boundary import faults_as_errors
from pipeline.wire import Reason, ReasonCode


def test_an_unexpected_fault_is_raised_as_an_error_with_its_type() -> None:
    with pytest.raises(InternalFaultError) as caught, faults_as_errors("test"):
        raise ZeroDivisionError

    assert caught.value.error_type == "ZeroDivisionError"
    assert str(caught.value) == "internal error: ZeroDivisionError"


def test_an_expected_error_is_raised_unchanged() -> None:
    error = CommandError(Reason.of(ReasonCode.EXPIRED))
    with (
        pytest.raises(CommandError) as caught,
        faults_as_errors("test", expected=(CommandError,)),
    ):
        raise error

    assert caught.value is error
