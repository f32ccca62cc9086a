"""Receive the demo's pushes on a local webhook, in place of a city's messaging gateway."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PushCallback = Callable[[dict[str, Any]], None]


@contextmanager
def run_webhook_sink(on_push: PushCallback) -> Iterator[str]:
    """Serve a webhook on a free port and pass every push to ``on_push``.

    Yields:
        The URL of the webhook.
    """

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            on_push(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing: the demo prints its own lines."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.serve_forever, name="web-hook", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/push"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
