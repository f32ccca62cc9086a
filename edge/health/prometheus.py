"""Serve counters and node health to Prometheus."""

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
        yield gauge_metric("outbox_rows", "Messages waiting for a receipt", depth.messages)
        yield gauge_metric("upload_files", "Files waiting for upload", depth.uploads)
        yield gauge_metric("rejected_rows", "Messages that the centre rejected", depth.rejected)
        if health := self._health():
            yield from health_metrics(health)


@contextmanager
def serve_metrics(
    port: int | None,
    counters: Counters,
    depth: Callable[[], QueueDepth],
    health: Callable[[], Health | None],
) -> Iterator[None]:
    """Serve ``http://127.0.0.1:<port>/metrics`` until the block ends.

    Args:
        port: ``None`` serves nothing.
        health: Returns the last measurement; ``None`` before the first.

    Raises:
        PortInUseError: Another process listens on the port.
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
