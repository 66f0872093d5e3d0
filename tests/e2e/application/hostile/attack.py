"""An attack: uploads one after the other, with a look at each answer and at what others are answered meanwhile."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from tests.e2e.application.hostile.uploads import Upload
from tests.e2e.application.production import Answer, Web

LONGEST_SECONDS = 2.0
OTHERS = ("/_health/", "/simple/", "/", "/search/?q=python")
JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
OFTEN_SECONDS = 0.02  # between two questions of the others


@dataclass
class Asked:
    """What was answered: how often which status, how long it took at most, and what is wrong with it."""

    statuses: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def take(self, what: str, answer: Answer, *, expected: range = range(200, 500)) -> Answer:
        """Take an answer into account."""
        self.statuses[answer.status] += 1
        self.longest = max(self.longest, answer.seconds)
        if answer.status not in expected:
            self.wrong.append(f"{what}: {answer.status} {answer.body[:200]!r}")
        if answer.seconds > LONGEST_SECONDS:
            self.wrong.append(f"{what}: {answer.seconds:.1f} s")
        return answer


def attack(web: Web, credentials: dict[str, str], upload: Upload, uploads: Asked, pages: Asked) -> None:
    """Upload, and read the pages of what was taken."""
    answer = patiently(lambda: web.upload(upload.fields, upload.filename, upload.content, credentials))
    uploads.take(f"upload of {upload.project} {upload.version}", answer)
    if answer.status == 200:
        for path in pages_of(upload.project):
            pages.take(path, patiently(partial(web.ask, path)))


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Ask, and once more if that took too long, since a busy machine does so once; its seconds are counted as those of an idle one."""
    answer = ask()
    if answer.status >= 500 or answer.seconds <= LONGEST_SECONDS:
        return answer
    answer = min(answer, ask(), key=lambda each: each.seconds)
    return replace(answer, seconds=answer.seconds / clock_seconds_of_one())


def clock_seconds_of_one(processor_seconds: float = 0.2) -> float:
    """Return how long a second of the processor takes just now, at least one."""
    began, end = time.monotonic(), time.process_time() + processor_seconds
    while time.process_time() < end:
        pass
    return max(1.0, (time.monotonic() - began) / processor_seconds)


def pages_of(project: str) -> tuple[str, ...]:
    """Return the addresses at which a project is shown."""
    return f"/project/{project}/", f"/simple/{project}/", f"/pypi/{project}/json"


def read_everything(web: Web, pages: Asked) -> int:
    """Read the pages of all projects, which have to be there; return how many projects there are."""
    import json

    listed = pages.take("/simple/", web.ask("/simple/", headers=JSON), expected=range(200, 201))
    projects = [project["name"] for project in json.loads(listed.body)["projects"]]
    for name in projects:
        for path in pages_of(name):
            answer = web.ask(path)
            if not (answer.status == 404 and path.endswith("/json")):  # of a project that has no release
                pages.take(path, answer, expected=range(200, 302))
    return len(projects)


@contextmanager
def others(web: Web) -> Iterator[Asked]:
    """Have pages asked for all the time that have to be answered; yield what was."""
    asked, ended = Asked(), threading.Event()

    def ask() -> None:
        while not ended.wait(OFTEN_SECONDS):
            for path in OTHERS:
                asked.take(path, patiently(partial(web.ask, path)), expected=range(200, 201))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asked
    finally:
        ended.set()
        thread.join()
