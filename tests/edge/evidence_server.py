"""A real HTTP server that accepts evidence as the centre does."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.wire import verify_signature
from tests.edge.nodes import KEY, NODE


@dataclass
class EvidenceServer:
    """A server that accepts evidence; it returns the status codes ``answers`` first, then 201.

    A negative code is that of a proxy, without a problem document.
    """

    answers: list[int] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    requests: int = 0
    port: int = 0


@contextmanager
def evidence_server(
    *answers: int, checks: bool = True, tls: tuple[Path, Path] | None = None
) -> Iterator[EvidenceServer]:
    """Run an evidence server until the block ends.

    Args:
        checks: Whether uploads must be signed with the key of ``nodes``.
        tls: Certificate and key, for https.
    """
    state = EvidenceServer(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = verify_signature(KEY, self.path, body, self.headers["X-Gridwatch-Signature"])
            assert signed or not checks
            assert self.headers["X-Gridwatch-Node"] == str(NODE)
            assert self.headers["Content-Type"] in {"image/jpeg", "video/mp4"}
            state.requests += 1
            answer = state.answers.pop(0) if state.answers else 201
            if 0 < answer < 300:
                state.stored[self.path.removeprefix("/v1/evidence/")] = body
            self.send_response(abs(answer))
            if answer >= 400:
                self.send_header("Content-Type", "application/problem+json")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
