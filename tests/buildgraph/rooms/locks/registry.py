"""A registry of the tests: the simple index (PEP 691, PEP 700) over HTTP, of the files of a folder, which can change under it."""

import base64
import contextlib
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from packaging.utils import canonicalize_name

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Registry(http.server.ThreadingHTTPServer):
    """Serves the archives of a folder; `mood` is "well", "503" for errors, or "hang" for no answer at all."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.mood = "well"
        self.yanked: dict[str, str] = {}  # file name -> reason
        self.uploaded: dict[str, str] = {}  # file name -> time, yesterday if it is not here
        self.unlisted: set[str] = set()  # projects that have files and no page
        self.login = ""  # "user:password"; without it, everything is a 401
        self.guarded: set[str] = set()  # files that are a 401 to everybody
        self.broken: set[str] = set()  # projects whose page is a 503
        self.asked: list[str] = []
        self.stopped = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def page(self, project: str) -> dict[str, object]:
        """Return the project's page; it has no files if there is no such project."""
        paths = [path for path in sorted(self.folder.iterdir()) if self._project(path) == project]
        if project in self.unlisted:
            paths = []
        return {
            "meta": {"api-version": "1.1"},
            "name": project,
            "files": [
                {
                    "filename": path.name,
                    "url": f"{self.url}/files/{path.name}",
                    "hashes": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
                    "size": path.stat().st_size,
                    "upload-time": self.uploaded.get(path.name, YESTERDAY),
                    "yanked": self.yanked.get(path.name, False),
                }
                for path in paths
            ],
        }

    def _project(self, path: Path) -> str:
        return canonicalize_name(path.name.partition("-")[0])


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers for one registry."""

    server: Registry

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.mood == "hang":
            self.server.stopped.wait(60)
        kind, _, name = self.path.strip("/").partition("/")
        login = base64.b64encode(self.server.login.encode()).decode()
        is_known = not self.server.login or self.headers["Authorization"] == f"Basic {login}"
        if not is_known or name in self.server.guarded:
            self.send_error(401)
        elif self.server.mood != "well" or (kind == "simple" and name in self.server.broken):
            with contextlib.suppress(OSError):  # who hung up
                self.send_error(503)
        elif kind == "simple" and (page := self.server.page(name))["files"]:
            self._answer(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")
        elif kind == "files" and (self.server.folder / name).is_file():
            self._answer((self.server.folder / name).read_bytes(), "application/octet-stream")
        else:
            self.send_error(404)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # uv asks for an archive's head first

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Registry]:
    """Serve a folder as long as the context lasts."""
    server = Registry(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
