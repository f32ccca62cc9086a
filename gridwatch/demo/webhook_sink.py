"""A small web hook that takes the pushes of the demo, as a city's messaging gateway would."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PushCallback = Callable[[dict[str, Any]], None]


@contextmanager
def run_webhook_sink(on_push: PushCallback) -> Iterator[str]:
    """Listen on a free port of this machine and hand every push to ``on_push``.

    Yields:
        The address to push to.
    """

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            on_push(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the demo prints what it wants."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.serve_forever, name="web-hook", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/push"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
