"""Groups that contradict each other on purpose: two resolutions in one dodo.py, each in a folder of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

ROOT = Path(__file__).resolve().parents[4]
MANUAL = ROOT / "docs/manual/locks.md"


def doit(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "buildgraph", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def pinned(path: str) -> list[str]:
    return re.findall(r"^([a-z][^\\\n]*?) \\$", Path(path).read_text(), re.MULTILINE)


@pytest.fixture
def tree(project: Path, index: Path) -> Path:
    """The manual's own dodo.py, with a group for each of its two resolutions, which contradict each other."""
    for version in ("1.0", "2.0"):
        wheel(index, "shared", version)
    shutil.copytree(ROOT / "buildgraph", "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    Path("requirements/old").mkdir(parents=True)
    Path("requirements/main.in").write_text("shared>=2\n")
    Path("requirements/old/legacy.in").write_text("shared<2\n")
    code = re.search(r"```python\n(SETS = .*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    assert code
    Path("dodo.py").write_text(
        f"from buildgraph import check, rule\nfrom buildgraph.rooms import locks\n\n{code[1]}"
    )
    return index


def test_each_set_is_locked_and_checked_alone_by_the_code_of_the_manual(tree):
    doit("locks")

    assert pinned("requirements/main.txt") == ["shared==2.0"]
    assert pinned("requirements/old/legacy.txt") == ["shared==1.0"]
    assert {path.name for path in Path("requirements/old").iterdir()} == {
        *("legacy.in", "legacy.txt", "constraints.txt", "graph.jsonl"),
    }

    new = Path("requirements/main.txt").read_bytes()
    wheel(tree, "more", "1.0")
    Path("requirements/old/legacy.in").write_text("shared<2\nmore\n")
    doit("locks")

    assert Path("requirements/main.txt").read_bytes() == new
    assert pinned("requirements/old/legacy.txt") == ["more==1.0", "shared==1.0"]
    doit("locks:check")


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("verb", ["check", "verify", "oracle", "upgrade"])
def test_every_verb_works_on_a_set(tree, verb):
    old = Locks(("legacy",), ("3.11",), "requirements/old")
    main(["compile", to_word(old)])

    main([verb, to_word(old), *(["--days=0"] if verb == "upgrade" else [])])

    assert pinned("requirements/old/legacy.txt") == ["shared==1.0"]
    assert not Path("requirements/constraints.txt").exists()


def test_a_contradiction_says_how_to_make_a_second_set(tree):
    Path("requirements/legacy.in").write_text("shared<2\n")

    with pytest.raises(BuildError) as caught:
        main(["compile", to_word(Locks(("main", "legacy"), ("3.11",)))])
    assert str(caught.value) == (
        "requirements: these requirements contradict each other: 'shared>=2' (requirements/main.in, line 1); "
        "'shared<2' (requirements/legacy.in, line 1). "
        "Loosen one of them; or move a group into another folder, and give dodo.py a second Locks for that."
    )


@pytest.mark.parametrize("groups", [("main", "constraints"), ("main", "main"), ("main", "old/legacy")])
def test_groups_whose_files_would_be_another_s_are_refused(groups):
    with pytest.raises(BuildError, match=f"requirements: '{groups[1]}' cannot be a group"):
        Locks(groups, ("3.11",))
