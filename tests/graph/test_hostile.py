"""After any edits of a hostile checkout the engine has what a plain script makes of the same sources.

The number of cases is BUILDGRAPH_HOSTILE (default 60), the first seed BUILDGRAPH_SEED.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hostile import World, begin_git, made

CASES = int(os.environ.get("BUILDGRAPH_HOSTILE", "60"))
SEED = int(os.environ.get("BUILDGRAPH_SEED", "1"))
BLOCKS = 10
FAR = "/dev/shm" if os.path.isdir("/dev/shm") else None

REFUSED = re.compile(
    r"(does not exist, and no task makes it|leads to a folder that contains the whole checkout|"
    r"which '\w+' makes, through a link|cannot read '.*': permission denied|"
    r"the tasks wait for each other: .* Remove one of these edges)"  # A link can make two rules read each other's outputs.
)
"""What a checkout may be refused for; whatever else ends a run is a fault."""


def tamper(world: World, root: Path) -> None:
    """Edit, delete or replace something that a rule has made."""
    chance = world.random
    outs = [rule.out for rule in world.rules]
    there = sorted(
        path for path in made(root) if any(path == out or path.startswith(f"{out}/") for out in outs)
    )
    if not there:
        return
    path = root / chance.choice(there)
    how = chance.choice(("edit", "delete", "folder", "link", "same"))
    before = path.lstat()
    path.unlink()
    if how in ("edit", "same"):
        path.write_bytes(b"x" * (before.st_size if how == "same" else 3))
        os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    elif how == "folder":
        path.mkdir()
        (path / "inside").write_text("x")
    elif how == "link":
        path.symlink_to("/nowhere")
    world.log.append(f"tampered {how} {path.relative_to(root)}")


def run_case(another, top: Path, seed: int) -> str:
    world = World.make(seed)
    far = Path(tempfile.mkdtemp(dir=FAR)), Path(tempfile.mkdtemp(dir=FAR))
    try:
        checkout = another(begin_git(world.layout, top))
        for _ in range(world.random.randint(1, 3)):
            world.lay(checkout.folder, far[0])
            for _ in range(world.random.randint(1, 3)):
                checkout.run(f"-n{world.random.randint(1, 3)}")
            for _ in range(world.random.randint(1, 4)):
                world.edit()
            if world.random.random() < 0.4:
                tamper(world, checkout.folder)
        world.lay(checkout.folder, far[0])
        run = checkout.run("-r", "json", f"-n{world.random.randint(1, 3)}")
        told = f"seed {seed}, {world.layout}: {world.log}\n{run}"
        if run.code:
            assert "Traceback" not in run.text, told
            assert REFUSED.search(run.text), told
            return "refused"
        clean = top / "clean"
        clean.mkdir()
        world.lay(clean, far[1])
        world.plain(clean)
        assert made(checkout.folder) == made(clean), told
        again = checkout.run("-r", "json")
        assert (again.code, again.started) == (0, []), f"{told}\n{again}"
        return "equal"
    finally:
        for folder in (*far, top):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_hostile_checkout_is_built_as_a_plain_script_would(another, tmp_path, block):
    found = Counter(
        run_case(another, tmp_path / str(number), SEED + number) for number in range(block, CASES, BLOCKS)
    )
    print(found)
    assert found["refused"] <= found.total() / 4
