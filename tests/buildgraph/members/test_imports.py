"""Every rule for imports, violated once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph import members

from .made import member

ROOT = Path(__file__).parents[3]
RULED = {
    "a member imports a service": (
        [("service", "web", [], "import gallery\n"), ("service", "gallery")],
        "services/web/src/web/__init__.py, line 1: 'gallery' (services/gallery/src/gallery/__init__.py) is imported, "
        "but nothing imports a service. Move what both need into a library: 'doit new internal NAME'.",
    ),
    "the application imports a service": (
        [("service", "gallery"), ("portal", "\n\nfrom gallery import x\n")],
        "portal/__init__.py, line 3: 'gallery' (services/gallery/src/gallery/__init__.py) is imported, "
        "but nothing imports a service. Move what both need into a library: 'doit new internal NAME'.",
    ),
    "a member imports the application": (
        [("library", "images", [], "def f():\n    import portal.views\n"), ("portal", "")],
        "libs/shared/images/src/images/__init__.py, line 2: 'portal.views' (portal/views.py) is imported, "
        "but nothing imports a service. Move what both need into a library: 'doit new library NAME'.",
    ),
    "something imports infra": (
        [("internal", "logs", [], "import infra.hosts\n")],
        "libs/internal/logs/src/logs/__init__.py, line 1: 'infra' (infra/) is imported, but nothing imports infra/. "
        "Move what is imported to where it is used; what is there runs by itself.",
    ),
    "something imports internal": (
        [("service", "gallery", [], "from internal import purge\n")],
        "services/gallery/src/gallery/__init__.py, line 1: 'internal' (internal/) is imported, but nothing imports internal/. "
        "Move what is imported to where it is used; what is there runs by itself.",
    ),
    "a shared library imports an internal one": (
        [("library", "images", [], "import logs\n"), ("internal", "logs")],
        "libs/shared/images/src/images/__init__.py, line 1: 'logs' (libs/internal/logs/src/logs/__init__.py) is imported, "
        "but a shared library imports nothing from libs/internal/. "
        "Move what both need into a library: 'doit new library NAME'.",
    ),
    "a shared library depends on an internal one": (
        [("library", "images", ["logs"]), ("internal", "logs")],
        "libs/shared/images/pyproject.toml: 'images' depends on 'logs', and a shared library cannot use an internal library. "
        "It may use what lies in libs/shared/.",
    ),
    "a member imports one that it does not name": (
        [("service", "gallery", [], "import logs\n"), ("internal", "logs")],
        "services/gallery/src/gallery/__init__.py, line 1: 'logs' (libs/internal/logs/src/logs/__init__.py) is imported, "
        "but 'services/gallery/pyproject.toml' does not name 'logs'. "
        "Add it to its dependencies and to the members of [tool.buildgraph].",
    ),
    "a member imports a library of the top folder": (
        [("service", "gallery", [], "import tools\n"), ("tools", "")],
        "services/gallery/src/gallery/__init__.py, line 1: 'tools' (tools/__init__.py) is imported, "
        "but a member imports nothing from 'tools/', which it cannot require. "
        "Move what is needed into a library: 'doit new library NAME'.",
    ),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make(tree) -> None:
    for kind, *words in tree:
        if kind in ("portal", "tools"):
            Path(kind).mkdir()
            Path(f"{kind}/__init__.py").write_text(words[0])
            Path(f"{kind}/views.py").touch()
        else:
            member(kind, *words)


def check(tree) -> tuple[int, str]:
    """Make a checkout and have its imports checked, in a process of its own: Python keeps what it has imported."""
    make(tree)
    tops = ([name] if Path(name).is_dir() else [] for name in ("portal", "tools"))
    found = members.find(*tops)
    words = found.imports(sys.executable)
    done = subprocess.run(
        words, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULED)
def test_a_violation_names_both_files_and_the_rule(rule):
    tree, said = RULED[rule]
    assert check(tree) == (1, f"error: {said}\n")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "gallery/deep/er/x.py",
            "its folder is not a package, so its imports are not read. Make 'services/gallery/src/gallery/deep/__init__.py', or move it.",
        ),
        (
            "gallery/data/a.b/x.py",
            "its folder is not a package, so its imports are not read. Make 'services/gallery/src/gallery/data/__init__.py', or move it.",
        ),
        (
            "other.py",
            "it is not in the package of 'gallery'. "
            "Move it into 'services/gallery/src/gallery/': all that is next to it would be imported by everybody.",
        ),
        (
            "other/in/x.py",
            "it is not in the package of 'gallery'. "
            "Move it into 'services/gallery/src/gallery/': all that is next to it would be imported by everybody.",
        ),
    ],
)
def test_a_file_whose_imports_would_not_be_read_is_refused(path, said):
    file = member("service", "gallery") / "src" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("import infra\n")
    (file.parent / "notes.txt").touch()
    assert check([]) == (1, f"error: services/gallery/src/{path}: {said}\n")


def test_what_the_layout_allows_is_allowed():
    tree = [
        ("service", "gallery", ["logs", "images"], "import logs, images, json, attrs\n"),
        ("internal", "logs", ["clock", "images"], "import clock, images\n"),
        ("internal", "clock"),
        ("library", "images", ["names"], "import names\n"),
        ("library", "names"),
        ("portal", "import logs, images\n"),
    ]
    assert check(tree) == (0, "the imports of 6 packages keep to the layout\n")


def test_all_violations_are_told():
    tree = [("service", "a", [], "import b\nimport infra\n"), ("service", "b")]
    code, said = check(tree)
    assert code == 1
    assert [line.partition(": '")[2].partition("'")[0] for line in said.splitlines()] == ["b", "infra"]


def test_a_lower_layer_imports_no_higher_one():
    folder = member("service", "gallery", [], "", ["web", "fetch"])
    (folder / "src/gallery/web.py").write_text("from . import fetch\n")
    (folder / "src/gallery/fetch.py").write_text("import json\nfrom . import shared\n")
    (folder / "src/gallery/shared.py").write_text("from .web import x\n")
    assert check([]) == (
        1,
        "error: services/gallery/src/gallery/fetch.py, line 2: 'gallery.web' (services/gallery/src/gallery/web.py) is imported "
        "through 'gallery.shared', but its layers are web, fetch, from the highest to the lowest. "
        "Move what is needed down, or change the layers in 'services/gallery/pyproject.toml'.\n",
    )


def test_a_layer_that_is_not_there_is_named():
    folder = member("service", "gallery", [], "", ["web", "fetsch"])
    (folder / "src/gallery/web.py").touch()
    (folder / "src/gallery/fetch.py").touch()
    assert check([]) == (
        1,
        "error: services/gallery/pyproject.toml: there is no module 'gallery.fetsch', a layer. Did you mean 'fetch'?\n",
    )


def test_a_member_without_its_package_is_named():
    folder = member("internal", "logs")
    (folder / "src/logs/__init__.py").unlink()
    (folder / "src/logs").rmdir()
    assert check([]) == (
        1,
        "error: libs/internal/logs/pyproject.toml: there is no 'libs/internal/logs/src/logs/', the package of 'logs'. "
        "Make it, with an '__init__.py'.\n",
    )


def test_a_checkout_without_packages_has_nothing_to_check():
    assert check([]) == (0, "there is nothing that could import\n")


def test_a_file_that_python_cannot_parse_is_named():
    member("service", "gallery", [], "import json\nx = (\n")
    assert check([]) == (
        1,
        "error: services/gallery/src/gallery/__init__.py, line 3: Python cannot parse it. Correct it.\n",
    )


def test_a_member_of_the_name_of_an_installed_package_is_refused():
    member("library", "pytest")
    assert check([]) == (
        1,
        f"error: libs/shared/pytest/pyproject.toml: 'pytest' is imported from '{pytest.__file__}', "
        "not from 'libs/shared/pytest/src/pytest/'. Give the member a name that no installed package has.\n",
    )
