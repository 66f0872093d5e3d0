"""A new member has all that it needs, and its name is one that it can have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members.creating import create

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def python(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("kind", ["service", "library"])
def test_a_new_member_passes_its_test_and_every_check(kind, capsys):
    Path("pyproject.toml").write_text(
        (ROOT / "pyproject.toml").read_text("utf-8").replace("plugins = [", "# plugins = [")
    )
    create(kind, "read-me")

    found = members.find()
    assert [(each.name, each.kind) for each in found] == [("read-me", kind)]
    (made,) = found
    tests = f"{made.folder}/tests"
    run = [
        "-c",
        f"import sys, pytest; sys.path.insert(0, '{made.path}'); sys.exit(pytest.main(['-q', '{tests}']))",
    ]
    assert python(*run)[0] == 0
    assert python("-m", "ruff", "check", "--no-cache", made.path, tests) == (0, "All checks passed!\n")
    assert python("-m", "ruff", "format", "--check", "--no-cache", "--quiet", made.path, tests) == (0, "")
    assert python("-m", "mypy", "--cache-dir", "/dev/null", "--no-error-summary", made.path) == (0, "")
    assert "'doit locks env' locks what it requires" in capsys.readouterr().out


def test_an_internal_library_begins_as_a_shared_one_does():
    create("library", "one")
    create("internal", "two")
    shared = {path.name for path in Path("libs/shared/one").rglob("*") if "one" not in path.name}
    assert shared == {path.name for path in Path("libs/internal/two").rglob("*") if "two" not in path.name}
    assert [each.kind for each in members.find()] == ["library", "internal"]


def test_a_service_says_how_it_is_started():
    create("service", "camo")
    assert Path("services/camo/Procfile").read_text() == (
        "web: waitress-serve --listen=0.0.0.0:$PORT --call camo.app:application\n"
    )


def test_the_pythons_are_those_of_the_checkout():
    Path("pyproject.toml").write_text('[project]\nname = "x"\nrequires-python = ">=3.12,<3.15"\n')
    create("library", "images")
    assert 'requires-python = ">=3.12,<3.15"' in Path("libs/shared/images/pyproject.toml").read_text()


FORM = "Begin it with a letter; then small letters, digits and single dashes."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a new member has a kind and a name. Write: 'doit new service|library|internal NAME'."),
        (("camo",), "a new member has a kind and a name. Write: 'doit new service|library|internal NAME'."),
        (("servce", "camo"), "'servce' is not a kind of member. Did you mean 'service'?"),
        (
            ("tool", "camo"),
            "'tool' is not a kind of member. Write: 'doit new service|library|internal camo'.",
        ),
        (("service", "ReadMe"), f"'ReadMe' is not a name for a member. {FORM} 'read-me' would do."),
        (("service", "read_me"), f"'read_me' is not a name for a member. {FORM} 'read-me' would do."),
        (("service", "../x"), f"'../x' is not a name for a member. {FORM} 'x' would do."),
        (("service", "a b"), f"'a b' is not a name for a member. {FORM} 'a-b' would do."),
        (("service", "1st"), f"'1st' is not a name for a member. {FORM}"),
        (("service", "ça"), f"'ça' is not a name for a member. {FORM} 'a' would do."),
        (("service", "a-"), f"'a-' is not a name for a member. {FORM} 'a' would do."),
        (("service", "--help"), f"'--help' is not a name for a member. {FORM} 'help' would do."),
        (("service", "x\n"), f"'x\\n' is not a name for a member. {FORM} 'x' would do."),
        *(
            (
                ("service", name),
                f"'{name}' cannot be a member: Python or the graph has something else of that name. "
                "Take another name.",
            )
            for name in ("json", "class", "imports", "deployment", "nul", "tests")
        ),
        (
            ("service", "read-me"),
            "'read-me' is a package that 'requirements/constraints.txt' has: a member would be imported in its place, or never. "
            "Take another name.",
        ),
        (("service", "there"), "'libs/shared/there' is there already. Take another name, or move it away."),
        (("service", "top"), "'top' is there already. Take another name, or move it away."),
        (("service", "one"), "'one.py' is there already. Take another name, or move it away."),
    ],
)
def test_a_name_that_a_member_cannot_have_is_refused_and_nothing_is_written(words, said):
    Path("libs/shared/there").mkdir(parents=True)
    Path("top").mkdir()
    Path("one.py").touch()
    Path("requirements").mkdir()
    Path("requirements/constraints.txt").write_text("# pins\nRead_Me==1.0\n")
    with pytest.raises(BuildError) as caught:
        create(*words)
    assert str(caught.value) == said
    assert not Path("services").exists()
