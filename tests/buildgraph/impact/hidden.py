"""Traps of what has no plain event: links, descriptors, entries of folders, metadata, threads, functions that a test replaces; as data."""

from __future__ import annotations

from .trap import trap

READ = "import pathlib\n\nHERE = pathlib.Path(__file__).parent\n"
HANDLES = ("def handle_a():\n    return 1\n", "def handle_b():\n    return 2\n")

SERVER = """
import http.server
import threading

import pytest

from . import mod


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(mod.known().encode())

    def log_message(self, *rest):
        pass


@pytest.fixture(scope="module")
def address():
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
"""
ASKS = """
import http.client

def asked(address):
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/")
    with connection.getresponse() as answer:
        return answer.read()

def test_a(address):
    assert asked(address) == b'1'

def test_b(address):
    assert asked(address) == b'1'
"""
SERVED = "import functools\nimport pathlib\n\n@functools.lru_cache\ndef known():\n    return pathlib.Path(__file__).with_name('size.txt').read_text() if is_on() else ''\n\ndef is_on():\n    return True\n"

HIDDEN = (
    trap("link_to_a_file_from_elsewhere", {"size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it(tmp_path):\n    os.symlink(HERE / 'size.txt', tmp_path / 'link')\n    assert (tmp_path / 'link').read_text() == '1'\n"}, {"size.txt": "2"}),
    trap("file_that_is_linked_to", {"size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it(tmp_path):\n    os.symlink(HERE / 'size.txt', tmp_path / 'link')\n    assert (HERE / 'size.txt').read_text() == '1'\n"}, {"size.txt": "2"}),
    trap("link_to_a_folder_from_elsewhere", {"data/size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it(tmp_path):\n    assert not (tmp_path / 'data' / 'size.txt').exists()\n    os.symlink(HERE / 'data', tmp_path / 'data')\n    assert (tmp_path / 'data' / 'size.txt').read_text() == '1'\n"}, {"data/size.txt": "2"}),
    trap("hard_link", {"size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it():\n    name = HERE / 'size.txt.other'\n    os.link(HERE / 'size.txt', name)\n    try:\n        assert name.read_text() == '1'\n    finally:\n        name.unlink()\n"}, {"size.txt": "2"}),
    trap("walk_by_descriptors", {"data/a.txt": "", "test_it.py": READ + "import os\n\ndef test_it():\n    assert [names for _, _, names, _ in os.fwalk(HERE / 'data')] == [['a.txt']]\n"}, {"data/b.txt": ""}),
    trap("file_opened_by_a_descriptor", {"data/size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it():\n    folder = os.open(HERE / 'data', os.O_RDONLY)\n    file = os.open('size.txt', os.O_RDONLY, dir_fd=folder)\n    assert os.read(file, 9) == b'1'\n"}, {"data/size.txt": "2"}),
    trap("size_of_an_entry", {"data/size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it():\n    assert [each.stat().st_size for each in os.scandir(HERE / 'data')] == [1]\n"}, {"data/size.txt": "22"}),
    trap("database_by_uri", {"empty.db": "", "test_it.py": READ + "import sqlite3\n\ndef test_it():\n    database = sqlite3.connect(f'file:{HERE}/empty%2Edb?mode=ro', uri=True)\n    assert database.execute('select * from sqlite_master').fetchall() == []\n    database.close()\n"}, {"empty.db": "This is no database at all." * 9}),
    trap("library_that_is_loaded", {"lib.so": "", "test_it.py": READ + "import ctypes\n\nimport pytest\n\ndef test_it():\n    with pytest.raises(OSError, match='too short'):\n        ctypes.CDLL(str(HERE / 'lib.so'))\n"}, {"lib.so": "This is no library at all." * 99}),
    trap("settings_of_coverage", {".coveragerc": "[run]\nbranch = true\n", "test_it.py": READ + "def test_it():\n    assert 'branch' in (HERE / '.coveragerc').read_text()\n"}, {".coveragerc": "[run]\n"}),
    trap("file_below_a_tools_folder", {"node_modules/a/package.json": "1", "test_it.py": READ + "def test_it():\n    assert (HERE / 'node_modules/a/package.json').read_text() == '1'\n"}, {"node_modules/a/package.json": "2"}),
    trap("order_of_names", {"mod.py": "\n\n".join(HANDLES), "test_it.py": "from . import mod\n\nFIRST = next(each for name, each in vars(mod).items() if name.startswith('handle'))\n\ndef test_it():\n    assert FIRST() == 1\n"}, {"mod.py": "\n\n".join(HANDLES[::-1])}),
    trap("replaced_open", {"size.txt": "1", "late.py": "def f():\n    return 1\n", "test_it.py": READ + "import os\nfrom unittest import mock\n\ndef test_it():\n    with mock.patch('builtins.open', mock.mock_open(read_data='x')):\n        from . import late\n\n        assert open('nowhere').read() == 'x' and os.path.getsize(HERE / 'size.txt') == 1\n    assert late.f() == 1\n"}, {"size.txt": "22", "late.py": "def f():\n    return 2\n"}),
    trap("replaced_folder", {"size.txt": "1", "test_it.py": READ + "import os\nfrom unittest import mock\n\ndef test_it(monkeypatch):\n    monkeypatch.chdir(HERE)\n    with mock.patch('os.getcwd', return_value='/nowhere'), mock.patch('os.path.abspath', return_value='/nowhere'):\n        assert open('size.txt').read() == '1'\n"}, {"size.txt": "2"}),
    trap("replaced_clock_and_digest", {"size.txt": "1", "test_it.py": READ + "from unittest import mock\n\ndef test_it():\n    with mock.patch('time.time_ns', side_effect=RuntimeError), mock.patch('hashlib.sha256', side_effect=RuntimeError), mock.patch('os.stat', side_effect=FileNotFoundError):\n        assert open(HERE / 'size.txt').read() == '1'\n"}, {"size.txt": "2"}),
    trap("metadata_of_a_package", {"/lib/site-packages/plain-1.dist-info/METADATA": "Name: plain\nVersion: 1\n", "/lib/site-packages/plain-1.dist-info/RECORD": "plain-1.dist-info/METADATA,sha256=1,9\n", "test_it.py": "from importlib import metadata\n\ndef test_it():\n    assert metadata.version('plain') == '1'\n"}, {"/lib/site-packages/plain-1.dist-info/METADATA": "Name: plain\nVersion: 2\n", "/lib/site-packages/plain-1.dist-info/RECORD": "plain-1.dist-info/METADATA,sha256=2,9\n"}),
    trap("function_run_by_a_server_in_a_thread", {"mod.py": SERVED, "size.txt": "1", "conftest.py": SERVER, "test_it.py": ASKS}, {"mod.py": SERVED.replace("True", "False")}),
)  # fmt: skip
