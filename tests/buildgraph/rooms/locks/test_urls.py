"""Wheels by their address: locked with a digest, installed by both installers, refused without one."""

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from buildgraph import uv
from buildgraph.errors import BuildError
from buildgraph.rooms import environment
from buildgraph.rooms.environment.facts import installed, site_packages
from buildgraph.rooms.environment.sync import sync
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.__main__ import main
from buildgraph.rules.word import to_word
from tests.wheels import wheel

from .registry import Registry

LOCKS = Locks(groups=("main",), pythons=("3.11", "3.12", "3.13", "3.14"))
ENV = environment.Environment(("requirements/main.txt",))


def lock(verb: str = "compile") -> None:
    main([verb, to_word(LOCKS)])


def ask(*lines: str) -> None:
    Path("requirements").mkdir(exist_ok=True)
    Path("requirements/main.in").write_text("".join(f"{line}\n" for line in lines))


def packages() -> set[str]:
    sync(ENV)
    return set(installed(Path(ENV.python).absolute()))


@pytest.fixture
def address(project: Path, registry: Registry) -> str:
    """The address, with its digest, of a wheel that no index page lists."""
    found = wheel(registry.folder, "aside", "1.0", ["shared", 'plug; extra == "more"'])
    wheel(registry.folder, "shared", "1.0")
    wheel(registry.folder, "plug", "1.0")
    registry.unlisted.add("aside")
    return f"{registry.url}/files/{found.name}#sha256={hashlib.sha256(found.read_bytes()).hexdigest()}"


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("engine", ["uv", "pip"])
def test_a_wheel_by_its_address_is_locked_checked_and_installed(address, registry, engine, monkeypatch):
    if engine == "pip":
        monkeypatch.setattr(uv, "find", lambda: "")
    ask(f"aside[more] @ {address}")

    lock()

    text = Path("requirements/main.txt").read_text()
    assert f"\naside @ {address} \\\n    --hash=sha256:{address.rpartition('=')[2]}\n" in text
    assert "plug==1.0" in text and "shared==1.0" in text
    registry.asked.clear()
    lock("check")
    lock()
    assert registry.asked == [], "nothing moved"
    assert packages() == {"aside", "plug", "shared"}


def test_a_moved_address_is_noticed_by_the_check_and_the_environment(address, registry):
    ask(f"aside @ {address}")
    lock()
    packages()
    other = wheel(registry.folder, "aside", "1.1", ["shared"])
    moved = f"{registry.url}/files/{other.name}#sha256={hashlib.sha256(other.read_bytes()).hexdigest()}"
    ask(f"aside @ {moved}")

    with pytest.raises(BuildError, match=r"'requirements/main\.in' has changed since it was locked"):
        lock("check")
    lock()
    packages()

    info = site_packages(Path(ENV.python).absolute())
    assert [path.name for path in info.glob("aside-*")] == ["aside-1.1.dist-info"]


@pytest.mark.slow
def test_other_resolvers_select_the_address_too(address, capsys):
    ask(f"aside @ {address}")
    lock()

    lock("oracle")
    lock("verify")

    assert "pip and uv select what the locks say, for each of 1 groups" in capsys.readouterr().out


def test_other_bytes_at_the_address_are_refused(address, registry):
    wheel(registry.folder, "aside", "1.0", ["shared"], body="raise SystemExit('this must never run')\n")
    ask(f"aside @ {address}")

    with pytest.raises(BuildError) as caught:
        lock()
    assert caught.value.what == "the files on offer differ from those that were locked for aside"


def test_an_address_that_only_windows_needs_is_in_the_lock(address):
    ask(f'aside @ {address} ; sys_platform == "win32"')

    lock()

    assert f'\naside @ {address} ; sys_platform == "win32" \\\n' in Path("requirements/main.txt").read_text()
    lock("check")


@pytest.mark.parametrize("engine", ["uv", "pip"])
def test_a_login_that_a_variable_holds_stays_a_variable_in_the_lock_and_is_used(
    address, registry, engine, monkeypatch
):
    if engine == "pip":
        monkeypatch.setattr(uv, "find", lambda: "")
    registry.login = "alice:right"
    monkeypatch.setenv("TOKEN", "right")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://alice:right@{registry.url.removeprefix('http://')}/simple")
    told = address.replace("http://", "http://alice:${TOKEN}@")
    ask(f"aside @ {told}")

    lock()

    assert f"\naside @ {told} \\\n" in Path("requirements/main.txt").read_text()
    lock("check")
    assert packages() == {"aside", "shared"}
    assert packages() == {"aside", "shared"}


@pytest.mark.parametrize("login", ["alice:secret", "secret", "alice:${TOKEN}x", "secret:x-oauth-basic"])
def test_a_login_that_is_written_out_is_refused_and_not_repeated(project, login):
    ask(f"x @ https://{login}@h/x-1-py3-none-any.whl#{DIGEST}")

    with pytest.raises(BuildError) as caught:
        lock("check")
    assert str(caught.value) == (
        f"requirements/main.in, line 1: 'x @ https://…@h/x-1-py3-none-any.whl#{DIGEST}' contains a login, "
        "which would be committed with the lock. Write a variable in its place: 'https://name:${TOKEN}@…'."
    )


DIGEST = "sha256=" + 64 * "0"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "x @ https://h/x-1-py3-none-any.whl",
            "has no digest, so anyone who controls the address could change",
        ),
        ("x @ https://h/x-1-py3-none-any.whl#md5=0", "has no digest"),
        (
            f"x @ https://h/x-1.tar.gz#{DIGEST}",
            "is not a wheel: environments are made without building anything",
        ),
        (f"x @ https://h/y-1-py3-none-any.whl#{DIGEST}", "is a wheel of 'y'"),
        (
            f"x @ file:///x-1-py3-none-any.whl#{DIGEST}",
            "is a place of one machine; a library of the checkout",
        ),
        ("x @ git+ssh://git@h/x.git", "names a repository, which cannot be pinned by digest"),
    ],
)
def test_an_address_that_pins_nothing_is_refused_with_the_reason(project, line, reason):
    ask(line)

    with pytest.raises(BuildError) as caught:
        lock("check")
    assert caught.value.what.startswith(f"'{line}' {reason}")
    assert caught.value.where == "requirements/main.in, line 1"
    assert "name @ https://…/name-1.0-py3-none-any.whl#sha256=…" in caught.value.hint


@pytest.fixture
def source(project: Path, registry: Registry, tmp_path: Path) -> Path:
    """A source distribution on the index, of a package without a wheel, that needs nothing to be built."""
    content = wheel(tmp_path / "built", "sourced", "1.0")
    texts = {
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        "backend.py": f"import shutil\ndef build_wheel(to, *_):\n    shutil.copy('{content.name}', to)\n    return '{content.name}'\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: sourced\nVersion: 1.0\n",
    }
    for name, text in texts.items():
        (content.parent / name).write_text(text)
    found = registry.folder / "sourced-1.0.tar.gz"
    with tarfile.open(found, "w:gz") as archive:
        for path in sorted(content.parent.iterdir()):
            archive.add(path, f"sourced-1.0/{path.name}")
    return found


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("engine", ["uv", "pip"])
def test_a_package_without_a_wheel_is_usable_as_one_that_was_built_once(
    source, registry, engine, monkeypatch, tmp_path
):
    """The way out that the refusal names, taken."""
    if engine == "pip":
        monkeypatch.setattr(uv, "find", lambda: "")
    ask("sourced")
    with pytest.raises(BuildError) as caught:
        lock()
    assert (
        "'sourced==1.0' (requirements/main.in, line 1) has no wheel, and environments are made of wheels"
        in str(caught.value)
    )
    assert "build a wheel of it once ('pip wheel --no-deps sourced==1.0')" in str(caught.value)

    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        f"--wheel-dir={tmp_path}",
        str(source),
    ]
    subprocess.run(words, check=True)
    (built,) = tmp_path.glob("*.whl")
    registry.unlisted.add("sourced")
    address = f"{registry.url}/files/{built.name}"
    (registry.folder / built.name).write_bytes(built.read_bytes())
    ask(f"sourced @ {address}#sha256={hashlib.sha256(built.read_bytes()).hexdigest()}")
    lock()
    lock("check")

    assert packages() == {"sourced"}
