"""Programs that serve: each request is a call of `main` with an output of its own, and ends as a process of its own would."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, subprocess, sys, threading
from buildgraph import worker
from buildgraph.errors import BuildError

BARRIER = threading.Barrier(3, timeout=20)

def main(words):
    what, *rest = words
    if what == "say":
        print(rest[0]); print(rest[1], file=sys.stderr)
    elif what == "return":
        return int(rest[0])
    elif what == "wrong":
        print("before")
        raise BuildError("it is wrong", "here", "Mend it.")
    elif what == "exit":
        sys.exit(eval(rest[0]))
    elif what == "bug":
        {}["x"]
    elif what == "parse":
        import argparse
        argparse.ArgumentParser(prog="it").parse_args(rest)
    elif what == "bytes":
        sys.stdout.buffer.write(b"\\xff\\n")
    elif what == "read":
        print(repr(sys.stdin.read()))
    elif what == "child":
        subprocess.run([sys.executable, "-c", "print('a child')"], check=True)
    elif what == "meet":
        for i in range(20):
            BARRIER.wait()
            print(rest[0])

if __name__ == "__main__":
    worker.run(main)
"""


@pytest.fixture
def serve(tmp_path):
    """Return the answers to requests, in their order, and what the worker said otherwise."""
    (tmp_path / "program.py").write_text(PROGRAM)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}

    def serve(*requests: list[str]) -> tuple[list[dict], str]:
        lines = "".join(json.dumps({"id": i, "words": words}) + "\n" for i, words in enumerate(requests))
        words = [sys.executable, str(tmp_path / "program.py"), "--worker"]
        run = subprocess.run(words, input=lines.encode(), capture_output=True, env=environ, timeout=60)
        assert run.returncode == 0, run.stderr
        answers = sorted(map(json.loads, run.stdout.splitlines()), key=lambda answer: answer["id"])
        assert [answer.pop("id") for answer in answers] == list(range(len(requests)))
        return answers, run.stderr.decode()

    def alone(request: list[str]) -> dict:
        words = [sys.executable, str(tmp_path / "program.py"), *request]
        run = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ
        )
        return {"code": run.returncode, "said": run.stdout.decode("utf-8", "surrogateescape")}

    serve.alone = alone
    return serve


REQUESTS = [
    ["say", "out", ""],
    ["say", "", "err"],
    ["say", "\udc80 é", "\n\n"],
    ["return", "0"],
    ["return", "3"],
    ["wrong"],
    ["exit", "None"],
    ["exit", "5"],
    ["exit", "True"],
    ["exit", "256"],
    ["exit", "-1"],
    ["exit", "'a sentence'"],
    ["parse", "--nosuch"],
    ["parse", "--help"],
    ["bytes"],
    ["read"],
]


def test_an_answer_is_what_a_process_of_its_own_gives(serve):
    answers, log = serve(*REQUESTS)
    for request, answer in zip(REQUESTS, answers, strict=True):
        alone = serve.alone(request)
        if request[0] == "say":  # Alone, what is buffered comes last.
            assert sorted(answer["said"].splitlines()) == sorted(alone["said"].splitlines())
            alone["said"] = answer["said"]
        assert answer == alone, request
    assert log == ""


def test_a_bug_is_a_traceback_and_fails_its_request_alone(serve):
    answers, log = serve(["bug"], ["say", "well", ""])
    assert [answer["code"] for answer in answers] == [1, 0]
    assert answers[0]["said"].startswith("Traceback (most recent call last):\n")
    assert answers[0]["said"].endswith("KeyError: 'x'\n")
    assert log == ""


def test_requests_at_the_same_time_are_told_apart(serve):
    answers, _ = serve(["meet", "a"], ["meet", "b"], ["meet", "c"])
    assert [answer["said"] for answer in answers] == ["a\n" * 20, "b\n" * 20, "c\n" * 20]


def test_what_a_child_writes_is_for_the_log_and_disturbs_no_answer(serve):
    answers, log = serve(["child"], ["say", "x", "y"])
    assert [answer["code"] for answer in answers] == [0, 0]
    assert log == "a child\n"


def test_without_the_word_it_is_a_program_as_every_other(serve):
    assert serve.alone(["wrong"]) == {"code": 1, "said": "before\nerror: here: it is wrong. Mend it.\n"}


def test_a_stream_that_is_divided_is_otherwise_the_one_that_was_there():
    from buildgraph.worker import _Divided

    there = io.StringIO()
    print("a", file=_Divided(there))
    assert there.getvalue() == "a\n"
