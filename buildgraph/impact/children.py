"""Children: the processes that the project's code starts, and what they have read.

A Python of this interpreter's gets the recorder of `inside`; what it tells when it has ended is charged to the context that started it. Of all others, and of one that told nothing by the time its context is
stored, nobody knows what it has read: it depends on all files, the environment and all distributions.
"""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import tempfile
import threading
import uuid

from .facts import is_personal
from .inside import sitecustomize as inside
from .recorder import Recorder
from .responsible import CODE, Responsible, caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Children:
    """Tells a recorder of the processes that this one starts."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._responsible = Responsible()
        self._original = subprocess.Popen.__init__
        self._folder = ""

    def start(self) -> None:
        """Begin to have processes tell what they read."""
        original, recorder = self._original, self._recorder
        self._folder = tempfile.mkdtemp(prefix="impact-")

        def starting(popen: subprocess.Popen, args: Any, *rest: Any, **options: Any) -> None:
            if recorder.is_busy or recorder.pid != os.getpid() or self._responsible(caller(1)) != CODE:
                return original(popen, args, *rest, **options)
            given = inside.named(rest, options)
            record = os.path.join(self._folder, uuid.uuid4().hex)
            environment = None
            with recorder.quiet():
                if given is not None and inside.words_of(args, given) is not None:
                    environment = inside.environment_of(given, record)
            if environment is None:
                return original(popen, args, *rest, **options)
            recorder.children.append((recorder.stack[-1], record))
            thread = threading.get_ident()
            recorder.starting.add(thread)
            try:
                return original(popen, args, **{**given, "env": environment})
            finally:
                recorder.starting.discard(thread)

        subprocess.Popen.__init__ = functools.wraps(original)(starting)  # type: ignore[method-assign, assignment] # it hands on whatever it is given
        recorder.before_taking.append(lambda: collect(recorder))

    def stop(self) -> None:
        """Put back what was wrapped."""
        subprocess.Popen.__init__ = self._original  # type: ignore[method-assign] # as it was
        shutil.rmtree(self._folder, ignore_errors=True)


def collect(recorder: Recorder) -> None:
    """Charge contexts with what the processes that they have started told."""
    children, recorder.children = recorder.children, []
    with recorder.quiet():
        for label, record in children:
            facts = _facts(recorder, record)
            if facts is None:
                recorder.note_anything(label)
            else:
                recorder.context(label).facts |= facts


def _facts(recorder: Recorder, record: str) -> set[tuple[str, str, str]] | None:
    """Return the facts of a process and of those that it has started; None if not all are known."""
    try:
        with open(record, encoding="utf-8", errors="surrogateescape") as file:
            told = ast.literal_eval(file.read())
    except (OSError, ValueError, SyntaxError):
        return None
    if told["opaque"]:
        return None
    now, paths = recorder.now, recorder.paths
    facts = {("distributions", "", now.value("distributions", ""))}
    made = {paths.key(path) for path in told["made"] if path}
    for path, state in told["files"].items():
        key = paths.key(path)
        if not key or key in recorder.written:
            continue
        fact = now.fresh("file", key)
        if inside.state_of(path) != state:
            return None  # It is not any more what the process has read.
        facts.add(fact)
    for kind in ("exists", "listing", "link"):
        for path in told[kind]:
            key = paths.key(path)
            if key and key not in recorder.written and key not in made:
                facts.add(now.fresh(kind, key))
    if told["environ"]:
        facts.add(("environ", "", now.value("environ", "")))
    facts.update(
        ("variable", name, now.value("variable", name)) for name in told["variables"] if not is_personal(name)
    )
    recorder.written |= made
    for each in told["children"]:
        more = _facts(recorder, each)
        if more is None:
            return None
        facts |= more
    return facts
