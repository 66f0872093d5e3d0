"""Libraries of the checkout: what they require is locked, and no index is asked for them."""

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms import environment
from buildgraph.rooms.environment.sync import sync
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

LOCKS = Locks(
    groups=("main", "tests"),
    pythons=("3.11", "3.12", "3.13", "3.14"),
    libraries=("libs/thing", "./libs/other"),
)


def lock(verb: str = "compile") -> None:
    main([verb, to_word(LOCKS)])


def ask(main: str, tests: str = "") -> None:
    Path("requirements").mkdir(exist_ok=True)
    Path("requirements/main.in").write_text(main)
    Path("requirements/tests.in").write_text(tests)


def library(name: str, *lines: str) -> None:
    folder = Path("libs", name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text("\n".join([f'[project]\nname = "{name}"', *lines]) + "\n")


def pinned(group: str) -> list[str]:
    return re.findall(r"^([a-z][^\\\n]*?) \\$", Path(f"requirements/{group}.txt").read_text(), re.MULTILINE)


@pytest.fixture
def tree(project: Path, index: Path) -> Path:
    """Two libraries: `thing` requires `other`, of which an index has one, too."""
    for name in ("shared", "plug", "deep", "other"):
        wheel(index, name, "1.0")
    wheel(index, "shared", "2.0")
    library(
        "thing",
        'version = "1"\ndependencies = ["shared<2", "other ; sys_platform == \'win32\'"]',
        '[project.optional-dependencies]\nmore = ["plug"]\nall = ["thing[more]"]',
    )
    library("other", 'dynamic = ["version"]\ndependencies = ["deep"]')
    return index


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(
    "line", ["./libs/thing[all]", "-e ./libs/thing[all]", "thing[all] @ ./libs/thing", "thing[all]"]
)
def test_what_a_library_requires_is_locked_and_the_library_is_not(tree, line):
    ask(f"{line}  # ours\n", "shared\n")

    lock()

    windows = ' ; sys_platform == "win32"'
    assert pinned("main") == [f"deep==1.0{windows}", "plug==1.0", "shared==1.0"]
    assert pinned("tests") == ["shared==1.0"]
    assert "thing" not in Path("requirements/constraints.txt").read_text().replace("libs/thing", "")
    lock("check")
    lock("oracle")


def test_a_changed_requirement_of_a_library_is_noticed_and_other_changes_are_not(tree):
    ask("./libs/thing\n")
    lock()
    library("other", 'dynamic = ["version"]\ndescription = "Better"\ndependencies = ["deep"]')
    lock("check")
    library("other", 'dynamic = ["version"]\ndependencies = ["deep", "plug"]')

    with pytest.raises(
        BuildError, match=r"'libs/other/pyproject\.toml' has changed since it was locked \(\S+\)\."
    ):
        lock("check")
    lock()
    assert pinned("main")[1].startswith("plug==1.0 ;")


def test_a_contradiction_names_the_library_and_the_line(tree):
    ask("./libs/thing\n", "\nshared>=2\n")

    with pytest.raises(BuildError) as caught:
        lock()
    assert caught.value.what == (
        "these requirements contradict each other: "
        "'shared<2' (libs/thing/pyproject.toml, for requirements/main.in, line 1); "
        "'shared>=2' (requirements/tests.in, line 2)"
    )


def test_a_release_that_wants_the_library_from_an_index_is_refused(tree):
    wheel(tree, "web", "1.0", ["other"])
    ask("./libs/other\nweb\n")

    with pytest.raises(BuildError) as caught:
        lock()
    assert str(caught.value) == (
        "libs/other/pyproject.toml: web requires 'other', which is a library of this checkout. "
        "Give the library another name, or do without the one that requires it."
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("./libs/unknown", "'./libs/unknown' is not among the libraries that dodo.py names"),
        ("-e ../thing", "'-e ../thing' is not among the libraries that dodo.py names"),
        ("thong @ ./libs/thing", "'thong @ ./libs/thing' is named 'thing' in 'libs/thing/pyproject.toml'"),
        ("./libs/thing[less]", "'libs/thing/pyproject.toml' has no extra 'less'"),
    ],
)
def test_what_names_no_library_is_refused_by_file_and_line(tree, line, what):
    ask(f"# first\n{line}\n")

    with pytest.raises(BuildError) as caught:
        lock("check")
    assert (caught.value.what, caught.value.where) == (what, "requirements/main.in, line 2")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            '[project]\nname = "thing"\ndynamic = ["dependencies"]',
            "its dependencies are dynamic, so only a build",
        ),
        ("[tool.x]", "it has no [project] table with a name, so only a build could tell what it requires"),
        ("[project", "it cannot be read: "),
        (
            '[project]\nname = "thing"\ndependencies = ["x @ git+https://h/x"]',
            "'x @ git+https://h/x' names a repo",
        ),
    ],
)
def test_a_library_that_only_a_build_could_read_is_refused_with_the_reason(tree, text, what):
    ask("./libs/thing\n")
    Path("libs/thing/pyproject.toml").write_text(text)

    with pytest.raises(BuildError) as caught:
        lock("check")
    assert caught.value.what.startswith(what)
    assert caught.value.where == "libs/thing/pyproject.toml"


def test_an_environment_imports_a_library_from_the_checkout(tree):
    ask("./libs/thing\n")
    lock()
    Path("libs/thing/src").mkdir()
    Path("libs/thing/src/thing.py").write_text("import shared\nVERSION = shared.VERSION\n")
    env = environment.Environment(("requirements/main.txt",), paths=("libs/thing/src",))

    sync(env)

    code = "import thing; print(thing.VERSION)"
    assert subprocess.check_output([env.python, "-c", code], text=True) == "1.0\n"
    (path,) = (output for output in env.outputs if output.endswith(".pth"))
    assert Path(path).is_file()
    sync(dataclasses.replace(env, paths=()))
    assert not Path(path).exists()


def test_a_library_is_an_input_of_the_graph():
    assert LOCKS.sources[2:] == ("libs/thing/pyproject.toml", "libs/other/pyproject.toml")


def test_a_missing_library_is_named(tree):
    ask("")
    Path("libs/other/pyproject.toml").unlink()

    with pytest.raises(BuildError, match=r"there is no 'libs/other/pyproject\.toml'"):
        lock("check")
