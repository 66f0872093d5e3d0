"""A web server for tests: what it answers is a table, and what it was asked is a list."""

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = bytes | int | Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answer by path with bytes, a status or a function, and 404 for all else; `*` answers for every path."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.logins: list[str | None] = []
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        """End; whoever hangs is let go."""
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        """Never answer."""
        self.closing.wait()

    def stall(self, content: bytes) -> Answer:
        """Return an answer that begins and then falls silent."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            _send(request, len(content), content[: len(content) // 2])
            self.closing.wait()

        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                server.logins.append(self.headers.get("Authorization"))
                answer = server.answers.get("*", server.answers.get(self.path, 404))
                with contextlib.suppress(ConnectionError):
                    if isinstance(answer, int):
                        self.send_error(answer)
                    elif isinstance(answer, bytes):
                        _send(self, len(answer), answer)
                    else:
                        answer(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def ends_early(content: bytes) -> Answer:
    """Return an answer that is shorter than it says."""
    return lambda request: _send(request, len(content), content[:-10])


def page(request: BaseHTTPRequestHandler) -> None:
    """Answer with a web page, as a proxy does that wants a login."""
    _send(request, 12, b"<p>login</p>", "text/html; charset=utf-8")


def redirect(url: str) -> Answer:
    """Return an answer that sends the client elsewhere."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", url)
        request.end_headers()

    return answer


def _send(
    request: BaseHTTPRequestHandler,
    length: int,
    sent: bytes,
    kind: str = "application/octet-stream",
) -> None:
    request.send_response(200)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(length))
    request.end_headers()
    request.wfile.write(sent)
    request.wfile.flush()
