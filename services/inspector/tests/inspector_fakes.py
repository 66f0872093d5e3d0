"""An index that says what a test wants, over HTTP, and archives for it."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WHEEL = "sample-1.0-py3-none-any.whl"
SDIST = "sample-1.0.tar.gz"
Answer = Callable[[BaseHTTPRequestHandler], object]


class FakeIndex:
    """Has one project, 'sample', with one release, '1.0'; `answers` by path stand in the place of what it would say."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.files: dict[str, bytes] = {}
        self.said: dict[str, Any] = {}  # of each file, in the place of what is so
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []

    def document(self) -> dict[str, Any]:
        """Return what the JSON API says of the release."""
        urls = [
            {
                "filename": name,
                "size": len(content),
                "digests": {"sha256": hashlib.sha256(content).hexdigest()},
                "url": f"{self.address}/files/{name}",
                "upload_time_iso_8601": "2025-05-01T00:00:00.000000Z",
                "yanked": False,
            }
            | self.said
            for name, content in self.files.items()
        ]
        return {
            "info": {"name": "Sample", "version": "1.0"},
            "urls": urls,
            "releases": {"0.9": [], "1.0": urls},
        }

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        self.asked.append(handler.path)
        if handler.path in self.answers:
            self.answers[handler.path](handler)
        elif handler.path in ("/pypi/sample/json", "/pypi/sample/1.0/json", "/pypi/sample/1/json"):
            send(handler, json.dumps(self.document()).encode())
        elif (content := self.files.get(handler.path.removeprefix("/files/"))) is not None:
            send(handler, content)
        else:
            send(handler, b"", 404)


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Send an answer."""
    handler.send_response(status)
    for name, value in ({"Content_Length": str(len(body))} | headers).items():
        if value:
            handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def running() -> Iterator[FakeIndex]:
    """Run an index."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                index.answer(self)
            except OSError:
                self.close_connection = True  # the client has heard enough

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    index = FakeIndex(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip as Python writes it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members:
            archive.writestr(zipfile.ZipInfo(name), text, method)
    return content.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Return a member of a tar."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def tarred(*members: tuple[str | tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar.gz."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=format) as archive:
        for said, text in members:
            member = said if isinstance(said, tarfile.TarInfo) else entry(said)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return gzip.compress(content.getvalue(), mtime=0)
