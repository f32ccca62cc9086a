"""A node that publishes N alerts through a real outbox and a real publisher.

``python -m tests.faults.flood_node FOLDER N --port P --node d/s/n --key HEX``: continues where it
was killed, writes no alert twice, and ends when the centre has confirmed all of them.
"""

import argparse
import json
import secrets
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from edge.control.clock import CentreClock
from edge.enrolment.key_holder import KeyHolder
from edge.health.counters import Counters
from edge.outbox.mqtt import Broker
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from edge.outbox.retry import RetryPolicy
from gridwatch.logs import configure_logging
from pipeline.wire import Node
from tests.messages import NOON, make_message

MAX_UNCONFIRMED = 2000
"""Unconfirmed alerts at which writing pauses, so that the flood lasts for the whole test."""


def main() -> int:
    """Write all alerts, wait for the receipts, and print the counts as JSON."""
    arguments = _arguments()
    configure_logging()
    node = Node.parse(arguments.node)
    outbox = Outbox(arguments.folder, f"boot-{secrets.token_hex(4)}")
    counters, stop = Counters(), threading.Event()
    publisher = Publisher(
        broker=Broker(host=arguments.host, port=arguments.port),
        node=node,
        keys=KeyHolder.of(bytes.fromhex(arguments.key)),
        outbox=outbox,
        counters=counters,
        clock=CentreClock(now=lambda: NOON, monotonic=time.monotonic),
        retry=RetryPolicy(initial_s=arguments.patience, max_s=10),
    )
    thread = threading.Thread(target=publisher.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + arguments.seconds
    try:
        _write(outbox, node, arguments.alerts, deadline)
        _wait_until_empty(outbox, deadline)
    finally:
        stop.set()
        publisher.wake()
        thread.join()
    left = outbox.depth()
    print(json.dumps({**outbox.counters(), "left": left.messages, **counters.by_name()}))  # noqa: T201  # read by the test
    outbox.close()
    return int(left.messages > 0)


def _write(outbox: Outbox, node: Node, alerts: int, deadline: float) -> None:
    """Write the alerts after those that an earlier run has written, by the count in the outbox."""
    number = outbox.counters().get("written", 0)
    while number < alerts and time.monotonic() < deadline:
        if outbox.depth().messages > MAX_UNCONFIRMED:
            time.sleep(0.01)
            continue
        for _ in range(min(100, alerts - number)):
            number += 1
            outbox.put([make_message(number, node=node)], decided_at=datetime.now(UTC))  # noqa: TID251  # a program


def _wait_until_empty(outbox: Outbox, deadline: float) -> None:
    while outbox.depth().messages and time.monotonic() < deadline:
        time.sleep(0.05)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("alerts", type=int)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--node", default="demo/market/box-1")
    parser.add_argument("--key", required=True, help="64 hexadecimal digits")
    parser.add_argument("--patience", type=float, default=2.0, help="seconds before a resend")
    parser.add_argument("--seconds", type=float, default=300.0, help="give up after")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
