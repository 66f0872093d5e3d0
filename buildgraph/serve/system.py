"""System: what Linux offers to a program that starts processes (prctl(2), proc(5)), and what is done without elsewhere.

A worker is forked twice and so becomes a child of the supervisor, which is the nearest subreaper: the supervisor hears of its end, and the
end of the process that forked it means nothing to it. Only then may it ask for a signal at the end of its parent: earlier, that would be the end of the
process in between.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator

from buildgraph.serving import WORKER

CAN_FORK = sys.platform == "linux"
"""Whether workers are forks; macOS has no subreaper, and aborts forks of processes that have used its frameworks."""

DUMP_SIGNAL = signal.SIGRTMIN + 11 if hasattr(signal, "SIGRTMIN") else getattr(signal, "SIGUSR2", 0)
"""What makes a worker write its stack; applications have uses of their own for the signals with names."""

CRASH = "/memfd:crash "
"""How the descriptor of the file reads that a worker writes its stack to when it crashes; each has its own."""

SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36  # prctl(2), linux/prctl.h
ADOPTED_POLL_SECONDS = 0.0002
FORK: Callable[[], int] = getattr(os, "fork", os.abort)
EXIT = os._exit
"""As they are before an application replaces them."""


def become_subreaper() -> None:
    """Become the parent of orphaned descendants."""
    _prctl(SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Be killed when the process ends that is the parent now."""
    if CAN_FORK:
        _prctl(SET_PDEATHSIG, signal.SIGKILL)


def fork_away(supervisor: int) -> bool:
    """Fork a process that heads a group of its own and is a child of the supervisor; True in it, False in this one.

    Only this one may fail: what it was forked for is the application's, and must not go on twice.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # there may be none, or one of the application's
            stream.flush()
    between = FORK()
    if between:
        with contextlib.suppress(ChildProcessError):  # nobody waits for children where SIGCHLD is ignored
            os.waitpid(between, 0)
        return False
    try:
        os.setpgid(0, 0)
        between = os.getpid()
        if FORK():
            EXIT(0)
        os.setpgid(0, 0)
        _wait_for_parent(between, supervisor)
    except BaseException:
        EXIT(1)
    return True


def _wait_for_parent(between: int, supervisor: int) -> None:
    """Wait until the process in between has ended; end if the supervisor has, too."""
    while os.getppid() == between:
        time.sleep(ADOPTED_POLL_SECONDS)
    if os.getppid() != supervisor:
        EXIT(1)


@contextlib.contextmanager
def in_background() -> Iterator[None]:
    """Let others have the processor first while something is done; a lower priority (nice) could not be given back by everybody."""
    if not CAN_FORK:
        yield
        return
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    yield
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, policy, parameter)


def threads() -> int:
    """Return how many threads this process has, those of C libraries included."""
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task"))
    return 1


def children(pid: int | str = "self") -> list[int]:
    """Return the children of a process, those included that it has adopted."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += map(int, file.read().split())
    return found


def connections() -> set[str]:
    """Return what open descriptors of this process lead to that two processes must not share: sockets, pipes, devices' queues, positions in files."""
    found = set()
    with contextlib.suppress(OSError):
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/self/fd/{number}")
                if target.startswith(("socket:", "pipe:", "anon_inode:")):
                    found.add(target)
                elif stat.S_ISREG(os.fstat(int(number)).st_mode) and not target.startswith(CRASH):
                    found.add(f"{number} {target}")
    return found


def shared_memory() -> set[str]:
    """Return the writable mappings of this process that a fork shares: memory, locks, semaphores (proc(5), maps)."""
    with contextlib.suppress(OSError), open("/proc/self/maps", "rb") as file:
        return {line.split()[0].decode() for line in file if line.split(None, 2)[1][1::2] == b"ws"}
    return set()


def memory_bytes(pid: int) -> int:
    """Return what a process alone takes: its share of what it shares with others (proc(5), Pss); 0 where that is not known."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def started_ticks(pid: int) -> int:
    """Return when a process was started, in clock ticks since the machine was; 0 if that is not known."""
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[19])
    return 0


def ticks() -> int:
    """Return the present as `started_ticks` has it."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0 if clock is None else int(time.clock_gettime(clock) * os.sysconf("SC_CLK_TCK"))


def mark(pid: int) -> str:
    """Return which worker a process comes from, "" if that is not known: what it starts has its environment, wherever it has gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        for each in file.read().split(b"\0"):
            if each.startswith(WORKER.encode() + b"="):
                return os.fsdecode(each.partition(b"=")[2])
    return ""


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
