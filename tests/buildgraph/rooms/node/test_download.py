"""A download says how far it is, once it takes longer than a moment."""

import http.server
import re
import threading
from functools import partial

import pytest

from buildgraph.rooms.node import download

SIZE = 3 * download.CHUNK_BYTES


@pytest.fixture
def address(tmp_path):
    (tmp_path / "node-v1.tar.gz").write_bytes(b"x" * SIZE)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/node-v1.tar.gz?token=secret"
        server.shutdown()


def test_bytes_are_told_over_what_was_told_before(address, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(download, "TELL_SECONDS", -1.0)
    download.download(address, tmp_path / "target")
    told = re.findall(r"(node-v1\.tar\.gz: [^\r]*)\r", capfd.readouterr().err)
    assert told == [f"node-v1.tar.gz: {amount} of 0.8 MB" for amount in ("0.3", "0.5", "0.8", "0.8")]
    assert (tmp_path / "target").stat().st_size == SIZE


def test_a_quick_download_says_nothing(address, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(download, "TELL_SECONDS", 60.0)
    download.download(address, tmp_path / "target")
    assert "node-v1.tar.gz:" not in capfd.readouterr().err
