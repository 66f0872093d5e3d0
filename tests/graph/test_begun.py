"""The graph that `init` writes is one that the engine takes: every name in it is that of a task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildgraph.init import starting

ADOPTION = Path(__file__).parents[1] / "adoption"
FIXTURES = {path.name: path for path in sorted(ADOPTION.iterdir())}
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
SHEETS = {"static/scss/site.scss": "a {}", "static/scss/print.scss": "a {}", "package-lock.json": "{}"}


def npm(*names: str) -> dict[str, str]:
    return {"package.json": json.dumps({"dependencies": dict.fromkeys(names, "1")})}


@pytest.fixture
def begin(another, tmp_path, monkeypatch):
    """Return a function that copies files into a repository, runs `init` there, and returns its checkout."""
    wheel = tmp_path / "buildgraph-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    monkeypatch.setattr(starting, "wheel", lambda: wheel)

    def begin(files, name="mine"):
        checkout = another(tmp_path / name)
        for path, text in files.items():
            checkout.write(path, text)
        starting.start(checkout.folder)
        return checkout

    return begin


@pytest.mark.parametrize("name", FIXTURES)
def test_the_graph_of_a_fixture_is_listed(begin, name):
    top = FIXTURES[name]
    files = {path.relative_to(top).as_posix(): path.read_text() for path in top.rglob("*") if path.is_file()}
    run = begin(files).run("list", "--all")
    assert (run.code, "locks:check" in run.text) == (0, True), run


@pytest.mark.parametrize(
    ("files", "is_built"),
    [
        ({**SHEETS, **npm("esbuild", "sass-embedded")}, True),
        ({**SHEETS, **npm("esbuild", "sass")}, True),
        ({**SHEETS, **npm("sass-embedded")}, False),
        ({**SHEETS, **npm("esbuild")}, False),
    ],
)
def test_style_sheets_are_built_by_esbuild_and_one_of_two_packages_of_sass(begin, files, is_built):
    run = begin(files).run("list", "--all")
    assert run.code == 0, run
    assert ("front:sheet:print" in run.text) == ("front:dist" in run.text) == is_built


@pytest.mark.parametrize(
    "name", ["a b", "ünï", "q\"uo'te", "back\\slash", "{brace}", "100%s", "-dash", "a\nb", "[a]"]
)
def test_a_folder_may_have_any_name(begin, name):
    run = begin({"shop/__init__.py": FLASK, "tests/test_a.py": "", "requirements.txt": "flask\n"}, name).run(
        "list"
    )
    assert run.code == 0, run


def test_names_that_are_patterns_are_left_out_of_the_inputs(begin):
    files = {"!x/__init__.py": "", "a[1]/__init__.py": "", "shop/__init__.py": "", "tests/test_a.py": ""}
    checkout = begin(files | {"static/a[1].scss": "", **SHEETS, **npm("esbuild", "sass")})
    assert checkout.run("list", "--all").code == 0
    assert 'inputs = [ENV.stamp, "tests/", "shop/"]' in checkout.read("dodo.py")
