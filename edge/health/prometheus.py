"""The counters for Prometheus, where a port is set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from edge.errors import PortInUseError
from edge.health.counters import Counters, gauge_metric
from edge.health.node_health import health_metrics
from edge.outbox.outbox import QueueDepth
from pipeline.wire import Health


class _NodeCollector(Collector):
    def __init__(
        self,
        counters: Counters,
        depth: Callable[[], QueueDepth],
        health: Callable[[], Health | None],
    ) -> None:
        self._counters, self._depth, self._health = counters, depth, health

    def collect(self) -> Iterator[Metric]:
        yield from self._counters.collect()
        depth = self._depth()
        yield gauge_metric("outbox_rows", "alerts that wait for their receipt", depth.messages)
        yield gauge_metric("upload_files", "pictures that wait for their upload", depth.uploads)
        yield gauge_metric("rejected_rows", "alerts that the centre refused", depth.rejected)
        if health := self._health():
            yield from health_metrics(health)


@contextmanager
def serve_metrics(
    port: int | None,
    counters: Counters,
    depth: Callable[[], QueueDepth],
    health: Callable[[], Health | None],
) -> Iterator[None]:
    """Serve ``http://127.0.0.1:port/serve_metrics`` while the block lasts; nothing without a port.

    Args:
        health: Gives the last measure, once there is one.

    Raises:
        PortInUseError: Somebody else listens there.
    """
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(_NodeCollector(counters, depth, health))
    try:
        server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError:
        raise PortInUseError(port) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
