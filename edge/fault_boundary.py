"""Keep an unexpected fault of a single request from ending the thread that serves requests.

With `edge/worker.py`, the only module of the node that catches every exception.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import structlog

from edge.errors import InternalFaultError

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")


def fulfil(future: "Future[T]", fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call ``fn`` and put its result into ``future``, or its error, which ``result()`` raises."""
    try:
        future.set_result(fn(*args, **kwargs))
    except Exception as error:  # noqa: BLE001  # raised by result()
        future.set_exception(error)


@contextmanager
def faults_as_errors(
    task: str, *, expected: tuple[type[Exception], ...] = (), **facts: object
) -> Iterator[None]:
    """Raise an unexpected fault of the block as ``InternalFaultError``, after logging it.

    Args:
        task: What the block does, for the log.
        expected: Errors that are raised unchanged and not logged.
        facts: Further fields of the log event.

    Raises:
        InternalFaultError: The block raised an error that is not ``expected``.
    """
    try:
        yield
    except expected:
        raise
    except Exception as error:
        log.exception("internal_fault", task=task, **facts)
        raise InternalFaultError(type(error).__name__) from error
