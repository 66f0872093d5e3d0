"""Answering: what runs in the process of a quarantine, one question after the other, each within its time."""

import json
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import TracebackType
from typing import IO, Any

from quarantine.limits import Limits

resource: Any = None  # Windows has none
with suppress(ImportError):
    resource = import_module("resource")


def run(module: str, limits: str) -> None:
    """Answer what comes on standard input, as JSON on standard output; `limits` are JSON, too."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    sys.excepthook = tell
    import_module(module)  # while nobody waits, if it comes in the place of one that was ended
    answer_all(sys.stdin, answers, Limits(**json.loads(limits)))


def answer_all(questions: Iterable[str], answers: IO[str], limits: Limits) -> None:
    """Answer questions to the end of the stream."""
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for question in questions:
        more_seconds, name, *arguments = json.loads(question)
        module, _, function = name.partition(":")
        found = getattr(import_module(module), function)  # importing is not what is limited
        with _limited_time(limits.cpu_seconds + more_seconds):
            answer = json.dumps(found(*arguments), ensure_ascii=False)
        answers.write(answer.encode("utf-8", "replace").decode() + "\n")  # names of files may be no text
        answers.flush()


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in one line what ends this process: a text can have thousands of frames written into a log."""
    place = traceback.extract_tb(trace, limit=-1)[0]
    print(f"quarantine: {error!r:.200} at {place.filename}:{place.lineno}", file=sys.stderr)


@contextmanager
def _limited_time(seconds: float) -> Iterator[None]:
    """End this process if the block needs more processor time than it may; no handler has to run for that."""
    set_timer = getattr(signal, "setitimer", lambda *_: None)
    profiling = getattr(signal, "ITIMER_PROF", 0)
    set_timer(profiling, seconds)
    try:
        yield
    finally:
        set_timer(profiling, 0)
