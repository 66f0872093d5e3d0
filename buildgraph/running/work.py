"""Work: one task's action from start to published outputs, in a thread of its own.

Nothing here decides or records: the ledger is only told which outputs are about to be put in place.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress

from buildgraph.act import bytecode, command, outputs, staging
from buildgraph.act.discovered import read_discovered
from buildgraph.act.environment import compose
from buildgraph.act.processes import Children
from buildgraph.act.signals import signal_name
from buildgraph.errors import BuildError, cannot_write
from buildgraph.fields import Value, fresh
from buildgraph.layout import LOGS
from buildgraph.observe.facts import Seen
from buildgraph.observe.stamps import TICK_NS
from buildgraph.rules.values import Rule
from buildgraph.running.logs import log_of
from buildgraph.running.reporter import EXIT_CODE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.store.dealing import Dealing


class Job(Value):
    """What is to be done."""

    task: str
    rule: Rule
    words: Sequence[str]
    owned: dict[str, list[str]]
    before: Mapping[str, str]
    """What was in place, and not ours, when the task was first started."""
    sources: Sequence[str] = ()
    """What the command may import, among other files."""
    digests: Mapping[str, str] = fresh(dict)
    """Its tools and their digests; those that are the same have the same worker."""
    dealing: Dealing | None = None
    """What a cached rule has to do with the store."""


class Result(Value, frozen=False):
    """What was done; no failure means that the outputs are in place."""

    task: str
    seconds: float
    started: float = 0.0
    lane: int = 0
    started_ns: int = 0
    log: str = ""
    failure: Failure | None = None
    outputs: dict[str, Seen] = fresh(dict)
    owned: dict[str, str] = fresh(dict)
    discovered: list[str] = fresh(list)
    folders: list[str] = fresh(list)


def _logs() -> frozenset[str]:
    try:
        return frozenset(os.listdir(LOGS))
    except OSError:  # A later write will report it.
        return frozenset()


class Shop(Value):
    """What all jobs of a run share."""

    root: str
    environ: Mapping[str, str]
    children: Children
    own: Callable[[str, dict[str, str]], None]
    say: Callable[[str], None]
    logs: Set[str] = fresh(_logs)
    """The names of the logs that earlier runs have left."""


def perform(job: Job, shop: Shop, lane: int = 0, resolved: bool = False) -> Result:
    """Run the job's command, whose program is found first unless it is `resolved`, and publish its outputs.

    Jobs that run at once have different lanes. What the command says goes to the lane's log, which is the task's if there
    is something in it: most commands say nothing, and making a file costs more than all else here.
    """
    started = time.perf_counter()
    result = Result(job.task, 0.0, started=started, lane=lane)
    try:
        _perform(job, shop, result, resolved)
    except BuildError as error:
        result.failure = Failure(str(error), log=result.log, words=job.words if result.started_ns else ())
    except OSError as error:
        result.failure = Failure(str(cannot_write(error.filename or job.task, error)), words=job.words)
    result.seconds = time.perf_counter() - started
    return result


def _perform(job: Job, shop: Shop, result: Result, resolved: bool) -> None:
    rule = job.rule
    words = list(job.words) if resolved else command.resolve(job.words)
    is_hit = job.dealing is not None and job.dealing.fetch()
    if rule.discovers and not is_hit:
        # What it discovers must be older than its start; one tick of the clock tells the two apart.
        time.sleep(TICK_NS / 2e9)
    stage = staging.prepare(job.task, rule, words, job.owned, job.before, shop.say)
    result.started_ns = os.lstat(stage.folder).st_ctime_ns
    said = f"{LOGS}/running-{result.lane}"
    try:
        try:
            environ = compose(rule, shop.environ, shop.root)
            bytecode.distrust(job.sources, environ.get(bytecode.PREFIX, ""))
            if not rule.is_recorded:
                bytecode.distrust_all()
            if is_hit:
                code = _take(job, stage, said)
            elif rule.worker:
                code = _asked(job, stage.words, environ, said, shop, result)
            else:
                code = command.run(stage.words, environ, said, shop.children)
        finally:
            result.log = _keep_log(said, job.task, shop.logs)
        if code:
            result.failure = Failure(exit_text(words, code), job.words, rule.environment, result.log)
        else:
            made = outputs.publish(rule, stage, job.owned, lambda own: shop.own(job.task, own), shop.say)
            result.outputs, result.owned = made.seen, made.owned
            if rule.discovers:
                result.discovered, result.folders = read_discovered(rule.discovers)
            if job.dealing is not None:
                job.dealing.keep(made.seen, made.owned)
    except BaseException:
        staging.restore(stage, rule)
        raise
    if code:
        staging.restore(stage, rule)


def _asked(
    job: Job, words: Sequence[str], environ: Mapping[str, str], said: str, shop: Shop, result: Result
) -> int:
    """Have a worker do what the words say, and return the exit code.

    What the worker has kept from earlier requests it can have read at any time since it was started: what is discovered must
    be older than that.
    """
    from buildgraph.act.workers import Request  # Few runs have workers.

    count = job.rule.worker
    request = Request(" ".join(job.words[:count]), words[:count], environ, job.digests, words[count:])
    code, started_ns = shop.children.workers().ask(request, said)
    result.started_ns = min(result.started_ns, started_ns)
    return code


def _take(job: Job, stage: staging.Stage, said: str) -> int:
    """Take the outputs from the store in the place of a command, which ends well and says nothing."""
    open(said, "wb").close()
    if job.dealing is not None:
        job.dealing.put(stage)
    return 0


def _keep_log(said: str, task: str, logs: Set[str]) -> str:
    """Give what the command said to its task's log and return its path, an empty one if it said nothing."""
    path = log_of(task)
    if os.stat(said).st_size:
        os.replace(said, path)
        return path
    if os.path.basename(path) in logs:
        with suppress(FileNotFoundError):
            os.unlink(path)
    return ""


def exit_text(words: Sequence[str], code: int) -> str:
    """Return how a command ended."""
    if code >= 0:
        return f"{EXIT_CODE}{code}"
    return f"the command was ended by {signal_name(-code)}"
