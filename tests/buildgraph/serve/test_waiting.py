"""A service whose tasks fail before it starts waits for a mend, and shows at its address what is wrong."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from buildgraph.serve.graph import ECHO_SECONDS

from .harness import Served, free_port, is_free, left, wait_until
from .test_around import MAKE

DODO = """
from buildgraph import option, rule, service

def task_style():
    return rule(inputs=["sass/*.scss"], outputs=["static/a.css"], command=["python", "make.py", "sass", "static/a.css"], tools=["make.py"])

def task_serve():
    command = ["python", "serving.py", "{port}"]
    return service(needs=["style"], command=command, options=[option("port", 8000)], address="127.0.0.1:{port}")
"""
SERVING = """
import http.server, pathlib, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(pathlib.Path("static/a.css").read_bytes())

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def write(folder: Path) -> None:
    files = {"dodo.py": DODO, "make.py": MAKE, "serving.py": SERVING, "sass/a.scss": "first\nbroken\n"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def waiting(serve) -> Served:
    served = serve(task="serve", prepare=write, wait="")
    served.wait_for("style failed", status=500)
    wait_until(lambda: (found := served.status())["build_reads"] and not found["is_building"], "nothing runs")
    return served


def test_a_task_that_fails_before_the_start_is_shown_and_its_mend_goes_on(waiting):
    assert "this is broken" in waiting.get("/any/page", Accept="text/plain").text
    assert "<h1>style failed</h1>" in waiting.get("/", Accept="text/html").text
    assert waiting.wait_for_line("waiting for a changed file") == (
        f"serve: waiting for a changed file; http://127.0.0.1:{waiting.port} shows this, too; Ctrl-C ends it\n"
    )

    waiting.write("sass/a.scss", "/* mended */\n")

    waiting.wait_for("/* mended */")
    # What is saved before it is followed is made by the run that begins to follow it, which has no file to name.
    assert re.search(r"build \| (sass/a\.scss saved: )?1 task", waiting.output)
    assert waiting.output.count("this is broken") == 1


def test_another_failure_is_told_and_the_same_one_is_one_line(waiting):
    time.sleep(ECHO_SECONDS)  # what is saved so soon after a run is taken for its own
    waiting.write("sass/a.scss", "/* other */\nbroken\n")
    waiting.wait_for_line("sass/a.scss saved: style failed")
    waiting.write("sass/b.scss", "broken\n")
    waiting.write("sass/0.scss", "broken\n")
    waiting.wait_for("sass/0.scss:2: this is broken", status=500)

    assert "as before" in waiting.output
    assert waiting.output.count("sass/a.scss:2") == 1


def test_definitions_that_break_meanwhile_are_told_and_their_mend_counts(waiting):
    waiting.write("dodo.py", "def task_style(:\n")
    waiting.wait_for_line("dodo.py, line 1")

    waiting.write("dodo.py", DODO.replace('"sass", "static', '"other", "static').replace("sass/*", "other/*"))
    waiting.write("other/a.scss", "/* from there */\n")

    waiting.wait_for("/* from there */")


def test_who_asks_for_another_try_gets_one(waiting):
    waiting.write("make.py", MAKE.replace('"broken" in', '"nothing" in'))
    # Whether or not the save was heard of: what is asked for is done.
    with socket.create_connection(("127.0.0.1", waiting.port)) as client:
        client.sendall(b"POST /__serve__/retry HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        client.recv(1)

    waiting.wait_for("first")


def test_ctrl_c_ends_it_and_leaves_nothing(waiting):
    processes = waiting.processes()

    assert waiting.stop(signal.SIGINT) < 5

    assert waiting.process.returncode == 130
    wait_until(lambda: not left(processes), "all processes end")
    assert is_free(waiting.port)
    assert "Traceback" not in waiting.output


def test_a_service_that_fails_itself_ends(serve):
    def prepare(folder: Path) -> None:
        write(folder)
        (folder / "sass/a.scss").write_text("/* good */\n")
        (folder / "serving.py").write_text("raise SystemExit('error: no database')")

    served = serve(task="serve", prepare=prepare, wait="")

    assert served.process.wait(15) == 1
    served.reader.join()
    assert served.output.count("no database") == 1
    assert "waiting for" not in served.output


def test_an_address_that_is_taken_is_told_before_anything_is_built(serve, tmp_path):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        served = serve(task="serve", prepare=write, wait="", port=port)
        assert served.process.wait(15) == 1
        served.reader.join()

    assert f"error: port {port} is in use by process" in served.output
    assert "style" not in served.output


def test_a_program_that_reads_lines_is_told_and_not_kept_waiting(serve):
    served = serve("--reporter=json", task="serve", prepare=write, wait="")

    assert served.process.wait(15) == 1
    served.reader.join()
    assert json.loads(served.lines[-1])["failed"] == 1
