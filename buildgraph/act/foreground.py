"""The foreground: a command that owns the terminal until it ends.

On a terminal it stays in our process group, so that Ctrl-C reaches it from the terminal and it may read what
is typed; we only wait. Without one it has a group of its own, and the signals that we get are handed on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from buildgraph.act import processes, signals
from buildgraph.act.signals import signal
from buildgraph.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import Popen


def run(
    words: Sequence[str],
    environ: Mapping[str, str],
    log: str = "",
    tick: Callable[[], None] | None = None,
    tick_seconds: float | None = None,
) -> tuple[int, bool]:
    """Run a command in the foreground; return its exit code and whether we were asked to end.

    With a `log`, it says there what it says, and every `tick_seconds`, unless there are none, `tick` is called.
    """
    import subprocess

    is_ours = bool(sys.stdin) and sys.stdin.isatty()
    sys.stdout.flush()
    sys.stderr.flush()
    asked: list[int] = []
    process = warden = None

    def hand_on(number: int) -> None:
        asked.append(number)
        if process is not None and not (is_ours and number == signal.SIGINT):
            processes.hand_on(process, number, is_group=not is_ours)

    output = open(log, "wb") if log else None  # noqa: SIM115 (closed below)
    try:
        with signals.Handled(hand_on):
            options = {} if is_ours else processes.new_group_options()
            if output is not None:
                options |= {"stdout": output, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(words, env=environ, **options)
            if processes.HAS_GROUPS:
                warden = processes.Warden("process" if is_ours else "members", process.pid)
            if asked:
                hand_on(asked[-1])
            return _wait(process, tick, tick_seconds), bool(asked)
    except OSError as error:
        raise BuildError(f"cannot start '{words[0]}': {error.strerror}") from None
    finally:
        if output is not None:
            output.close()
        if process is not None and not is_ours and processes.HAS_GROUPS:
            processes.signal_group(process.pid, signal.SIGKILL)
        if warden is not None:
            warden.end()


def _wait(process: Popen, tick: Callable[[], None] | None, tick_seconds: float | None) -> int:
    """Return the exit code."""
    from subprocess import TimeoutExpired

    while tick is not None and tick_seconds is not None:
        try:
            return process.wait(tick_seconds)
        except TimeoutExpired:
            tick()
    return process.wait()
