"""The counters for Prometheus, where a port is set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from edge.errors import PortTakenError
from edge.health.counters import Counters, gauge
from edge.health.node_health import figures
from edge.outbox.outbox import Depth
from pipeline.wire import Health


class _Figures(Collector):
    def __init__(
        self, counters: Counters, depth: Callable[[], Depth], health: Callable[[], Health | None]
    ) -> None:
        self._counters, self._depth, self._health = counters, depth, health

    def collect(self) -> Iterator[Metric]:
        yield from self._counters.collect()
        depth = self._depth()
        yield gauge("outbox_rows", "alerts that wait for their receipt", depth.messages)
        yield gauge("upload_files", "pictures that wait for their upload", depth.uploads)
        yield gauge("rejected_rows", "alerts that the centre refused", depth.rejected)
        if health := self._health():
            yield from figures(health)


@contextmanager
def metrics(
    port: int | None,
    counters: Counters,
    depth: Callable[[], Depth],
    health: Callable[[], Health | None],
) -> Iterator[None]:
    """Serve ``http://127.0.0.1:port/metrics`` while the block lasts; nothing without a port.

    Args:
        health: Gives the last measure, once there is one.

    Raises:
        PortTakenError: Somebody else listens there.
    """
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(_Figures(counters, depth, health))
    try:
        server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError:
        raise PortTakenError(port) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
