"""One lock for all environments: a pin meets what each of them asks, or is refused with the lines. Real pip-compile."""

from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

LOCKS = Locks(groups=("main",), pythons=("3.11", "3.12", "3.13"))
LOOSEN = "Loosen one of them; or move a group into another folder, and give dodo.py a second Locks for that."


def ask(*lines: str) -> None:
    Path("requirements").mkdir(exist_ok=True)
    Path("requirements/main.in").write_text("".join(f"{line}\n" for line in lines))


def lock(verb: str = "compile") -> None:
    main([verb, to_word(LOCKS)])


def refusal(verb: str = "compile") -> str:
    with pytest.raises(BuildError) as caught:
        lock(verb)
    return str(caught.value)


def group() -> str:
    return Path("requirements/main.txt").read_text()


@pytest.fixture(autouse=True)
def tree(project: Path, index: Path) -> Path:
    """Two releases of `colours`, the newer of which `web` needs on Windows."""
    for version in ("1.0", "2.0", "3.0"):
        wheel(index, "colours", version)
    wheel(index, "web", "1.0", ['colours>=2; sys_platform == "win32"'])
    return index


def test_two_lines_for_two_pythons_that_no_one_version_meets_are_refused():
    ask('colours<2; python_version < "3.12"', 'colours>=2; python_version >= "3.12"')

    assert refusal() == (
        "requirements: these requirements contradict each other: "
        "'colours<2; python_version < \"3.12\"' (requirements/main.in, line 1); "
        "'colours>=2; python_version >= \"3.12\"' (requirements/main.in, line 2). " + LOOSEN
    )
    assert not Path("requirements/main.txt").exists()


def test_a_bound_that_only_another_platform_has_is_refused_with_both_lines():
    ask("web", "colours<2")

    assert refusal() == (
        "requirements: these requirements contradict each other: "
        "'colours<2' (requirements/main.in, line 2); "
        "'colours>=2; sys_platform == \"win32\"', asked by web 1.0 (requirements/main.in, line 1). " + LOOSEN
    )


def test_a_version_that_every_environment_takes_is_found():
    ask('colours<3; python_version < "3.12"', 'colours>=2; python_version >= "3.12"')

    lock()

    assert "\ncolours==2.0 \\\n" in group()
    lock("check")


def test_a_pin_that_is_kept_gives_way_to_what_another_platform_needs():
    ask("colours<2")
    lock()
    ask("web", "colours")

    lock()

    assert "\ncolours==1.0" not in group()
    lock("check")


def test_the_check_compares_the_pins_that_are_there_with_every_requirement():
    ask("web", "colours<3")
    lock()
    graph = Path("requirements/graph.jsonl")
    graph.write_text(graph.read_text().replace("colours>=2", "colours>=3"))

    assert refusal("check") == (
        "requirements: 'colours==2.0' does not meet 'colours>=3; sys_platform == \"win32\"', asked by web 1.0. "
        "Run 'doit locks' and commit what it changes."
    )


def test_a_package_that_only_a_newer_python_needs_may_refuse_the_older_ones(tree):
    wheel(tree, "backport", "1.0", ["more"], python=">=3.13")
    wheel(tree, "more", "1.0", python=">=3.12")
    wheel(tree, "sound", "1.0", ['backport; python_version >= "3.13"'])
    ask("sound")

    lock()

    assert '\nbackport==1.0 ; python_version >= "3.13" \\\n' in group()
    assert '\nmore==1.0 ; python_version >= "3.13" \\\n' in group()
    lock("check")
    lock("verify")


def test_a_package_that_refuses_a_python_that_needs_it_is_refused_by_name(tree):
    wheel(tree, "backport", "1.0", python=">=3.13")
    ask("backport")

    assert refusal() == (
        "requirements: 'backport' (requirements/main.in, line 1) needs Python >=3.13, but the lock is for 3.11. "
        'Ask for an older release, add a marker (; python_version >= "…"), or raise the first of `pythons` in dodo.py.'
    )


def test_a_release_that_refuses_the_newest_python_is_refused_by_name(tree):
    wheel(tree, "capped", "1.0", python=">=3.8,<3.13")
    wheel(tree, "asks", "1.0", ["capped"])
    ask("asks")

    assert refusal() == (
        "requirements: 'capped==1.0', asked by asks 1.0 (requirements/main.in, line 1), needs Python >=3.8,<3.13, "
        "but the lock is for 3.13. Ask for another release, or add a marker."
    )
