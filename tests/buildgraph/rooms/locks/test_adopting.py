"""Adopting: what pip-compile, uv and pip-compile-multi have locked is taken over, and no pin moves."""

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

MULTI = Path(__file__).with_name(
    "adopted"
)  # what pip-compile-multi 3.3.2 wrote for these inputs and wheels, but for where they lay
GROUPS = ("base", "tests")
LOCKS = Locks(groups=GROUPS, pythons=("3.11", "3.12", "3.13", "3.14"))
INPUTS = {"base": "web\nshared\n", "tests": "-r base.in\ncheck[more]  # runs them\n"}
OLD = {"web": "1.0", "shared": "1.0", "check": "1.0", "plug": "1.0"}
PIP_COMPILE = (sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--no-config")
UV = ("pip", "compile", "--quiet", "--generate-hashes", "--no-config", "--no-index")


@pytest.fixture
def tree(project: Path, index: Path) -> Path:
    """Inputs, and an index that has one release of each package when they are locked."""
    Path("requirements").mkdir()
    for group, text in INPUTS.items():
        Path(f"requirements/{group}.in").write_text(text)
    publish(index, "1.0")
    return index


def publish(index: Path, version: str) -> None:
    wheel(index, "web", version, ["shared>=1", 'colours; sys_platform == "win32"'])
    wheel(index, "shared", version)
    wheel(index, "check", version, ["shared", 'plug; extra == "more"'])
    wheel(index, "plug", version)
    wheel(index, "colours", version)


def locked_by_pip_compile(index: Path) -> None:
    for group in GROUPS:
        subprocess.run(
            [*PIP_COMPILE, f"--output-file=requirements/{group}.txt", f"requirements/{group}.in"], check=True
        )


def locked_by_uv(index: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    assert uv, "uv is in the environment of the tests"
    for group in GROUPS:
        subprocess.run(
            [
                uv,
                *UV,
                f"--python={sys.executable}",
                f"--find-links={index}",
                f"-orequirements/{group}.txt",
                f"requirements/{group}.in",
            ],
            check=True,
            env={"PATH": "", "HOME": str(index.parent)},
        )


def locked_by_pip_compile_multi(index: Path) -> None:
    for group in GROUPS:
        shutil.copy(MULTI / f"{group}.txt", "requirements")


def lock(verb: str, *options: str, locks: Locks = LOCKS) -> None:
    main([verb, to_word(locks), *options])


def pins(*paths: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return version and digests of each package of some files."""
    found = {}
    for path in paths:
        text = Path(path).read_text().replace("\\\n", " ")
        for name, version, rest in re.findall(r"^([a-z]+)(?:\[\w+\])?==(\S+)(.*)$", text, re.MULTILINE):
            found[name] = (version, frozenset(re.findall(r"--hash=(\S+)", rest)))
    return found


TEXTS = tuple(f"requirements/{group}.txt" for group in GROUPS)
TOOLS = [locked_by_pip_compile, locked_by_uv, locked_by_pip_compile_multi]


@pytest.mark.parametrize("tool", TOOLS)
def test_what_another_tool_locked_is_adopted_and_no_pin_moves(tree, tool, capsys):
    tool(tree)
    before = pins(*TEXTS)
    assert {name: version for name, (version, _) in before.items()} == OLD
    assert all(digests for _, digests in before.values())
    publish(tree, "2.0")

    lock("adopt")

    after = pins("requirements/constraints.txt")
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"colours"}  # which only Windows needs
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"0 of 4 pins moved, of {', '.join(TEXTS)}",
        "added, for what else the inputs need: colours",
    ]
    lock("check")


@pytest.mark.parametrize("tool", TOOLS)
def test_without_adopting_nothing_of_another_tool_is_replaced(tree, tool):
    tool(tree)
    before = [Path(path).read_bytes() for path in TEXTS]

    with pytest.raises(BuildError) as caught:
        lock("compile")

    assert str(caught.value) == (
        "requirements: 'requirements/base.txt' and 'requirements/tests.txt' would be replaced, and `doit locks` did not "
        "write them. 'doit locks:adopt' takes over the pins of another tool's files; 'doit locks --rewrite' pins anew."
    )
    assert [Path(path).read_bytes() for path in TEXTS] == before


def test_a_pin_that_cannot_stay_is_named_and_nothing_is_written(tree):
    locked_by_pip_compile(tree)
    publish(tree, "2.0")
    Path("requirements/base.in").write_text("web\nshared>1\n")
    before = {path: path.read_bytes() for path in Path("requirements").iterdir()}
    line = Path(TEXTS[0]).read_text().splitlines().index("shared==1.0 \\") + 1

    with pytest.raises(BuildError) as caught:
        lock("adopt")

    assert str(caught.value) == (
        f"requirements: shared==1.0 (requirements/base.txt, line {line}) moves to shared==2.0. Have the '.in' files ask "
        "for what was pinned, or let these move: 'doit locks:adopt --moving'."
    )
    assert {path: path.read_bytes() for path in Path("requirements").iterdir()} == before

    lock("adopt", "--moving")

    found = pins("requirements/constraints.txt")
    assert {name: found[name][0] for name in OLD} == OLD | {"shared": "2.0"}


def test_two_files_with_two_versions_are_named_with_their_lines(tree):
    Path("requirements/base.txt").write_text("shared==1.0\nweb==1.0\n")
    Path("requirements/tests.txt").write_text("check==1.0\n\nshared==2.0\n")

    with pytest.raises(
        BuildError,
        match=r"shared==1\.0 \(requirements/base\.txt, line 1\) is shared==2\.0 in requirements/tests\.txt, line 3",
    ):
        lock("adopt")


def test_files_elsewhere_are_adopted_by_name_with_what_they_take_in(tree, capsys):
    Path("pinned").mkdir()
    Path("pinned/all.txt").write_text(
        "-r more.txt\n--index-url https://index.example\n-e ./somewhere\ncheck==1.0\n"
    )
    Path("pinned/more.txt").write_text("shared==1.0 ; python_version > '3'\nweb==1.0\ngone==3\n")
    publish(tree, "2.0")

    lock("adopt", "pinned/all.txt")

    found = pins("requirements/constraints.txt")
    assert {name: version for name, (version, _) in found.items()} == {
        **{"web": "1.0", "shared": "1.0", "check": "1.0"},
        **{"plug": "2.0", "colours": "2.0"},
    }
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "0 of 4 pins moved, of pinned/all.txt, pinned/more.txt",
        "added, for what else the inputs need: colours, plug",
        "dropped, asked for by no input: gone",
        "without a digest until now, which the index has told: check, shared, web",
    ]


def test_an_archive_that_is_not_the_one_with_the_digest_is_not_adopted(tree):
    locked_by_pip_compile(tree)
    wheel(tree, "web", "1.0", ["shared>=1"], body="import os\n")

    with pytest.raises(
        BuildError, match=r"the files on offer differ from those that were locked for web==1.0"
    ):
        lock("adopt")
    assert not Path("requirements/constraints.txt").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shared<2\n", "requirements/base.txt, line 1: 'shared<2' is not a pin."),
        ("shared==1.*\n", "requirements/base.txt, line 1: 'shared==1.*' is not a pin."),
        *(
            (f"{line}\n", f"requirements/base.txt, line 1: '{line}' is not a pin.")
            for line in (
                "shared @ git+https://index.example/shared.git@v1",
                "git+https://index.example/shared.git@v1#egg=shared",
                "-e git+https://index.example/shared.git@v1#egg=shared",
                "shared @ https://index.example/shared-1.0.tar.gz",
            )
        ),
        (
            "-r gone.txt\n",
            "requirements/gone.txt: 'requirements/gone.txt' cannot be read: No such file or directory.",
        ),
        ("# nothing\n", "requirements: there are no pins to adopt."),
    ],
)
def test_what_is_not_a_pin_is_named(tree, text, message):
    Path("requirements/base.txt").write_text(text)

    with pytest.raises(BuildError, match=re.escape(message)):
        lock("adopt")


def test_a_file_of_ours_that_was_edited_is_not_adopted(tree):
    lock("compile")
    with open(TEXTS[0], "a") as file:
        file.write("gone==1\n")

    with pytest.raises(BuildError, match="it was edited by hand"):
        lock("adopt")


def test_constraints_of_ones_own_are_not_replaced(tree):
    Path("requirements/constraints.txt").write_text("shared<2\n")

    with pytest.raises(
        BuildError,
        match=r"'requirements/constraints.txt' would be replaced, and `doit locks` did not write it",
    ):
        lock("compile")
    with pytest.raises(BuildError, match="'shared<2' is not a pin"):
        lock("adopt")


def test_a_group_takes_in_another_of_its_resolution(tree):
    lock("compile")
    assert pins(TEXTS[1]).keys() == {"check", "plug", "shared", "web", "colours"}

    Path("requirements/base.in").write_text("shared\n")
    with pytest.raises(BuildError, match=r"'requirements/base.in' has changed"):
        lock("check")
    lock("compile")
    assert pins(TEXTS[1]).keys() == {"check", "plug", "shared"}


def test_a_group_that_takes_in_itself_is_refused(tree):
    Path("requirements/base.in").write_text("shared\n-r ./tests.in\n")

    with pytest.raises(BuildError, match=r"'-r (\./)?(base|tests)\.in' takes in the group that it is in"):
        lock("compile")


def test_a_constraint_by_a_group_of_the_resolution_says_nothing_more(tree):
    Path("requirements/tests.in").write_text("-c base.txt\ncheck\n")

    lock("compile")

    assert pins(TEXTS[1]).keys() == {"check", "shared"}


def test_platforms_can_be_narrowed_and_widened_again(tree):
    linux = Locks(GROUPS, LOCKS.pythons, platforms=("linux",))
    lock("compile", locks=linux)
    assert pins("requirements/constraints.txt").keys() == {"web", "shared", "check", "plug"}
    lock("check", locks=linux)

    with pytest.raises(BuildError, match="'platforms' moved: locked linux, now all"):
        lock("check")
    lock("compile")
    assert "colours" in pins("requirements/constraints.txt")


def test_an_unknown_platform_is_named(tree):
    with pytest.raises(BuildError) as caught:
        lock("compile", locks=Locks(GROUPS, LOCKS.pythons, platforms=("linux", "beos")))

    assert str(caught.value) == (
        "requirements: 'beos' is not a platform that a lock knows. Name some of: linux, linux x86_64, linux aarch64, "
        "darwin, darwin arm64, darwin x86_64, win32, win32 AMD64."
    )
