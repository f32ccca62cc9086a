"""A node whose live camera shows a crowd: ``python -m tests.faults.wrong_clock_node EDGE_TOML``.

libfaketime sets its clock; SIGTERM ends it.
"""

import signal
import sys
import threading
from pathlib import Path

from edge.config.loader import load_config
from edge.wiring import open_node
from gridwatch.logs import configure_logging
from tests.edge.test_live_cameras import CROWDED


def main() -> int:
    """Run the node until SIGTERM."""
    configure_logging()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open_node(load_config(Path(sys.argv[1])), CROWDED, health_every=0.5, stop=stop) as node:
        node.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
