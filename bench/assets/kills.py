"""Kills: after a kill -9 at any moment of a build the next one gives, byte for byte, what a clean build in another folder gives.

    python3 dodo.py env node && .venv/bin/python -m bench.assets.kills [--kills 50] [--seed 1]

Before each kill some files are edited; every second time nothing is there that was made. Half of the kills are of the program alone, half of all
processes of its group. Two seconds later nothing may run in the folder any more: no node, no compiler (Linux: by /proc).
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.assets import small
from bench.assets.edits import OTHER, OWN, Place, Unequal, World, change, compare, told
from bench.machine import machine, write_result

ENDING_SECONDS = 2.0


def living(top: Path) -> list[str]:
    """Return the processes whose current folder is within this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(top) and (process / "cmdline").read_bytes():
                found.append(f"{process.name} {(process / 'cmdline').read_bytes().decode(errors='replace')}")
        except OSError:
            continue  # It has ended, or is somebody else's.
    return found


def killed(place: Place, seconds: float, is_whole: bool) -> bool:
    """Start a build, kill it so many seconds later, and tell whether it was still running; raise Unequal if anything goes on."""
    own = {**os.environ, **place.own, "XDG_CACHE_HOME": str(place.cache)}
    command = [sys.executable, "dodo.py", *small.TARGETS]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=place.top, env=own, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL) if is_whole else process.kill()
        process.wait()
    until = time.monotonic() + ENDING_SECONDS
    while alive := living(place.top):
        if time.monotonic() > until:
            raise Unequal(f"processes survive: {alive}")
        time.sleep(0.02)
    return process.returncode < 0


def series(folder: Path, seed: int, count: int) -> dict[str, int]:
    """Kill builds, and return how many, and how many had ended before."""
    world = World(seed)
    place = Place(folder / "one", folder / "cache", OWN, 0o022)
    clean = Place(folder / "another/and deeper/two", folder / "other-cache", OTHER, 0o077)
    place.lay(world.files)
    for _ in range(2):  # The first run installs the tools.
        place.forget()
        began = time.monotonic()
        if (done := place.run()).returncode:
            raise Unequal(told(done))
        seconds = time.monotonic() - began
    killed_count = 0
    for number in range(count):
        for _ in range(world.chance.randrange(1, 4)):
            world.files = dict(world.files)
            world.log.append(change(world))
        place.lay(world.files)
        if number % 2:
            place.forget()
        wait = world.chance.uniform(0.02, seconds * 1.1 if number % 2 else seconds * 0.6)
        is_whole = world.chance.random() < 0.5
        what = f"seed {seed}, kill {number} after {wait:.3f} s: {world.log[-6:]}"
        killed_count += killed(place, wait, is_whole)
        done = place.run()
        clean.lay(world.files)
        clean.forget(but_the_store=True)
        other = clean.run("-n1")
        if done.returncode or other.returncode:
            raise Unequal(f"{what}\n{told(done)}\n--- clean\n{told(other)}")
        compare(what, small.results(place.top), small.results(clean.top))
        if "up to date" not in (again := place.run()).stdout:
            raise Unequal(f"{what}: the second run: {told(again)}")
    return {"builds": count, "killed": killed_count}


def main() -> None:
    """Kill builds, and write what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-kills-") as folder:
        found = series(Path(folder), given.seed, given.kills)
    write_result(__file__, {"machine": machine(), **found, "wrong": 0, "survivors": 0})


if __name__ == "__main__":
    main()
