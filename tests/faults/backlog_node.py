"""A node after a day without a broker: N alerts wait, and live alerts arrive while they drain.

``python -m tests.faults.backlog_node FOLDER N --port P --key HEX``: fills its outbox, prints
``filled``, then writes a live alert ten times a second until the centre has confirmed everything.
"""

import argparse
import json
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.control.clock import CentreClock
from edge.enrolment.key_holder import KeyHolder
from edge.health.counters import Counters
from edge.outbox.mqtt import Broker
from edge.outbox.outbox import Outbox
from edge.outbox.publisher import Publisher
from gridwatch.logs import configure_logging
from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Node
from tests.messages import NOON, make_message

DAY = timedelta(days=1)
BATCH_SIZE = 500
"""Messages that are written in one transaction."""
LIVE_CAMERA = "live-gate"
"""The camera of the live alerts, which have the lowest level."""


def main() -> int:
    """Fill and drain the outbox, and print the counts as JSON."""
    arguments = _arguments()
    configure_logging()
    node = Node.parse(arguments.node)
    outbox = Outbox(arguments.folder, f"boot-{secrets.token_hex(4)}")
    counters, stop = Counters(), threading.Event()
    publisher = Publisher(
        broker=Broker(host="127.0.0.1", port=arguments.port),
        node=node,
        keys=KeyHolder.of(bytes.fromhex(arguments.key)),
        outbox=outbox,
        counters=counters,
        clock=CentreClock(now=lambda: NOON, monotonic=time.monotonic),
    )
    thread = threading.Thread(target=publisher.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + arguments.seconds
    try:
        _fill(outbox, node, arguments.alerts)
        print("filled", flush=True)  # noqa: T201  # read by the test
        n_live = _write_live_alerts(outbox, node, arguments.alerts, deadline)
    finally:
        stop.set()
        publisher.wake()
        thread.join()
    left = outbox.depth().messages
    print(json.dumps({"live": n_live, "left": left, **counters.by_name()}))  # noqa: T201  # read by the test
    outbox.close()
    return int(left > 0)


def level_of(number: int) -> Level:
    """Return the level: every hundredth alert is critical, every fifth major."""
    if number % 100 == 0:
        return Level.CRITICAL
    return Level.MAJOR if number % 5 == 0 else Level.MINOR


def _revisions(alerts: int, node: Node) -> Iterator[AlertMessage]:
    """Yield the messages of the day: every tenth alert has a second revision."""
    for number in range(1, alerts + 1):
        yield make_message(number, level=level_of(number), node=node)
        if number % 10 == 0:
            change = Change.UPDATED
            yield make_message(number, level=level_of(number), change=change, rev=2, node=node)


def _fill(outbox: Outbox, node: Node, alerts: int) -> None:
    messages = list(_revisions(alerts, node))
    for first in range(0, len(messages), BATCH_SIZE):
        at = _now() - DAY + DAY * first / len(messages)
        outbox.put(messages[first : first + BATCH_SIZE], decided_at=at)


def _write_live_alerts(outbox: Outbox, node: Node, alerts: int, deadline: float) -> int:
    """Write ten live alerts a second until the outbox is empty; return how many."""
    written, backlog = 0, outbox.depth().messages
    while outbox.depth().messages and time.monotonic() < deadline:
        if outbox.depth().messages < backlog:  # the centre is back
            written += 1
            message = make_message(
                alerts + written, level=Level.INFO, camera=LIVE_CAMERA, node=node
            )
            outbox.put([message], decided_at=_now())
        time.sleep(0.1)
    return written


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # a program


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("alerts", type=int)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--node", required=True)
    parser.add_argument("--key", required=True, help="64 hexadecimal digits")
    parser.add_argument("--seconds", type=float, default=850.0, help="give up after")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
