"""Creating: the folder of a new member, with a package, a test that passes and a page that says what it is."""

import keyword
import os
import sys
import tomllib
from pathlib import Path
from string import Template

from buildgraph.errors import BuildError
from buildgraph.files import write_text
from buildgraph.suggest import did_you_mean

from . import BY_NAME, KINDS, Kind, Member, dockerfile
from .looking import MEMBER, misnamed, normalized
from .looking import NAME as REQUIREMENT

TAKEN = (
    *("imports", "rules", "format", "types", "deployment"),  # parts of `doit lint`
    *(
        "aux",
        "con",
        "nul",
        "prn",
        "test",
        "tests",
        "src",
    ),  # no folder, or no package, has these names everywhere
)
PINS = "requirements/constraints.txt"
"""Where all pins are, unless a checkout keeps them elsewhere."""
HELLO = '''"""$title."""


def hello(name: str) -> str:
    """Return a greeting: the first function to replace."""
    return f"Hello, {name}."
'''
APPLICATION = '''"""The application, as a WSGI server calls it (PEP 3333)."""

from collections.abc import Callable, Iterable
from typing import Any


def application() -> Callable[..., Iterable[bytes]]:
    """Return the application; what it has to know is read from the environment here."""
    return answer


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer at `/` and say that there is nothing elsewhere."""
    is_here = environ.get("PATH_INFO", "/") in ("", "/")
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("200 OK" if is_here else "404 Not Found", headers)
    return [b"$name answers\\n" if is_here else b"There is nothing here.\\n"]
'''
TEST_HELLO = '''"""$name greets."""

from $package import hello


def test_a_greeting_has_the_name():
    assert hello("you") == "Hello, you."
'''
TEST_APPLICATION = '''"""$name answers at its first page alone."""

from wsgiref.util import setup_testing_defaults

import pytest

from $package.app import application


@pytest.mark.parametrize(("path", "status"), [("/", "200 OK"), ("/other", "404 Not Found")])
def test_the_first_page_is_there_and_no_other(path, status):
    environ, said = {"PATH_INFO": path}, []
    setup_testing_defaults(environ)

    body = b"".join(application()(environ, lambda *words: said.append(words[0])))

    assert said == [status]
    assert body.endswith(b"\\n")
'''
PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "$name"
version = "0.1.0"
description = "$title"
readme = "README.md"
requires-python = "$pythons"
dependencies = [$dependencies]

[tool.buildgraph]
members = [] # those of the dependencies that are members of this repository
layers = []  # modules of the package, the highest first: a lower one imports no higher one
owners = []  # who looks after it, where that is not said at the top
$served
[tool.hatch.build.targets.wheel]
packages = ["src/$package"]
"""
SERVED = """settings = []   # the variables that it reads
addresses = {} # variables that hold the address of a service while they are served together
"""
README = """# $name

$title.

`doit test:$name` runs its tests, `doit lint:$name` checks it, `doit wheel:$name` builds it.
"""
PROCFILE = "web: waitress-serve --listen=0.0.0.0:$$PORT --call $package.app:application\n"
COMMON = {
    "pyproject.toml": PROJECT,
    "README.md": README,
    "src/$package/py.typed": "",
}
LIBRARY = {**COMMON, "src/$package/__init__.py": HELLO, "tests/test_$package.py": TEST_HELLO}
SERVICE = {
    **COMMON,
    "Procfile": PROCFILE,
    "Dockerfile": dockerfile.TEXT,
    "src/$package/__init__.py": '"""$title."""\n',
    "src/$package/app.py": APPLICATION,
    "tests/test_$package.py": TEST_APPLICATION,
}
"""Path → text, both with the words of `written`."""


def create(*words: str) -> None:
    """Make a member of a kind; raise BuildError, before anything is written, for a name that it cannot have."""
    if len(words) != 2:
        raise BuildError("a new member has a kind and a name", "", f"Write: 'doit new {_kinds()} NAME'.")
    kind_name, name = words
    if kind_name not in BY_NAME:
        hint = did_you_mean(kind_name, BY_NAME) or f"Write: 'doit new {_kinds()} {name}'."
        raise BuildError(f"'{kind_name}' is not a kind of member", "", hint)
    kind = BY_NAME[kind_name]
    member = Member(name, kind_name, f"{kind.folder}/{name}")
    _refuse(member)
    files = written(member, kind)
    for path, text in files.items():
        write_text(path, text)
    print(f"made '{member.folder}/': {', '.join(path.removeprefix(f'{member.folder}/') for path in files)}")
    print(f"'doit locks env' locks what it requires and installs it; 'doit test:{name}' runs its tests")


def written(member: Member, kind: Kind) -> dict[str, str]:
    """Return path → text of a new member's files."""
    is_service = kind.name == "service"
    words = {
        "name": member.name,
        "package": member.package,
        "title": f"{member.name}: {'a service' if is_service else 'a library'} of this repository",
        "pythons": _pythons(),
        "dependencies": '"waitress"' if is_service else "",
        "served": SERVED if is_service else "",
        "base": _base(),
        "more": "",
    }
    files = SERVICE if is_service else LIBRARY
    filled = {Template(path).substitute(words): Template(text) for path, text in files.items()}
    return {f"{member.folder}/{path}": text.substitute(words) for path, text in filled.items()}


def _refuse(member: Member) -> None:
    name, package = member.name, member.package
    if not MEMBER.fullmatch(name):
        raise misnamed(name)
    if name in TAKEN or keyword.iskeyword(package) or package in sys.stdlib_module_names:
        what = f"'{name}' cannot be a member: Python or the graph has something else of that name"
        raise BuildError(what, "", "Take another name.")
    if normalized(name) in _locked():
        what = f"'{name}' is a package that '{PINS}' has: a member would be imported in its place, or never"
        raise BuildError(what, "", "Take another name.")
    for place in (*(f"{kind.folder}/{name}" for kind in KINDS), package, f"{package}.py"):
        if os.path.lexists(place):
            raise BuildError(f"'{place}' is there already", "", "Take another name, or move it away.")


def _locked() -> set[str]:
    """Return the names of the packages that the checkout has locked, none if it has locked nothing."""
    try:
        lines = Path(PINS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    return {normalized(said[1]) for line in lines if (said := REQUIREMENT.match(line))}


def _pythons() -> str:
    """Return the Pythons of the checkout itself, or else this one and later ones."""
    own = f">={sys.version_info[0]}.{sys.version_info[1]}"
    try:
        said = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    except (OSError, ValueError, KeyError, TypeError):
        return own
    return said if isinstance(said, str) else own


def _base() -> str:
    """Return the image that another service of the checkout has, or else the usual one."""
    for place in sorted([*Path().glob("services/*/Dockerfile"), *Path().glob("infra/*/Dockerfile")]):
        if base := dockerfile.base_of(place.read_text("utf-8")):
            return base
    return dockerfile.BASE


def _kinds() -> str:
    return "|".join(kind.name for kind in KINDS)
