"""A service becomes one file that starts with nothing but Python, the same bytes from every checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members import bundling, contents
from buildgraph.members.bundled import Bundle, bundle_of
from buildgraph.members.creating import create
from tests.wheels import locked, wheel

from .made import run

LOCK = "requirements/members/camo.txt"
SERVE = "import os, sys\nfrom logs import hello\n\n\ndef main():\n    print(hello('you'), sys.argv[1:])\n"
SCRIPT = "[project.scripts]\nserve-camo = 'camo.app:main'\n[tool.buildgraph]\n"


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, mask: int = 0o022) -> Path:
    """A checkout with a service, a library that it uses, and a locked wheel."""
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    before = os.umask(mask)
    try:
        create("internal", "logs")
        create("service", "camo")
        project = Path("services/camo/pyproject.toml")
        text = project.read_text().replace('["waitress"]', '["logs", "one"]')
        text = text.replace("members = []", 'members = ["logs"]').replace("[tool.buildgraph]\n", SCRIPT)
        project.write_text(text)
        Path("services/camo/src/camo/app.py").write_text(SERVE)
        Path("services/camo/Procfile").write_text(
            "web: serve-camo --port=$PORT '{a b}'\nother: python -m one\n"
        )
        Path(LOCK).parent.mkdir(parents=True)
        Path(LOCK).write_text(locked(wheel(Path(LOCK).parent, "one", "1.0", body="print('one runs')\n")))
    finally:
        os.umask(before)
    return folder


def service() -> Bundle:
    found = members.find()
    return bundle_of(found, next(one for one in found if one.name == "camo"), LOCK)


def build(folder: Path, mask: int = 0o022, **environment: str) -> str:
    """Make the bundle of a checkout, as its task does."""
    words = "import sys; from buildgraph import members; from buildgraph.members.__main__ import main; "
    words += "found = members.find(); from buildgraph.members.bundled import bundle_of; "
    words += f"main(bundle_of(found, found.all[0], {LOCK!r}).command(sys.executable)[3:])"
    done = run(folder, words, mask, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def started(pex: Path, *words: str, **environment: str) -> str:
    python = os.path.realpath(sys.executable)
    home = {"HOME": str(pex.parent), "PATH": os.defpath}
    done = subprocess.run([python, str(pex), *words], env=home | environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_two_checkouts_of_other_depth_mask_zone_and_times_give_the_same_file_which_starts(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one = made(tmp_path / "one-checkout", monkeypatch)
    other = made(tmp_path / "b" / "deeper down" / "é", monkeypatch, 0o077)
    for path in other.rglob("*"):
        os.utime(path, (time.time() - 10**7, time.time() - 10**7))
    zone = {"TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8", "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"}
    zone["TMPDIR"] = str(tmp_path / "b" / "deeper down" / "é")

    assert build(one).startswith("bundles/camo.pex: ")
    build(other, 0o077, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "other cache"), **zone)

    pex = one / "bundles/camo.pex"
    assert pex.read_bytes() == (other / "bundles/camo.pex").read_bytes()
    assert os.access(pex, os.X_OK)
    assert started(pex) == "Hello, you. ['--port=8000', '{a b}']\n"
    assert started(pex, "more", PORT="77") == "Hello, you. ['--port=77', '{a b}', 'more']\n"
    assert started(pex, PEX_MODULE="one") == "one runs\n", "what other lines start"
    holds_nothing_of_this_machine(pex, tmp_path)


def holds_nothing_of_this_machine(pex: Path, place: Path) -> None:
    """Fail if anything that the file holds is a test, is only for us, or names the place where it was made."""
    with zipfile.ZipFile(pex) as archive:
        names = [name for name in archive.namelist() if not name.startswith((".bootstrap/", ".deps/one"))]
        assert any(name.endswith("camo/app.py") for name in names)
        parts = {part for name in names for part in name.split("/")}
        assert not parts & {"tests", "internal", "infra", ".git", "services", "libs", "test_camo.py"}
        for name in archive.namelist():
            assert os.fsencode(place) not in archive.read(name), name
        info = json.loads(archive.read("PEX-INFO"))
    assert info["requirements"] == ["camo==0.1.0", "logs==0.1.0", "one==1.0"]


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made(tmp_path / "checkout", monkeypatch)


def refused(bundle: Bundle) -> str:
    with pytest.raises(BuildError) as caught:
        bundling.make(bundle, sys.executable, bundle.output)
    assert not Path("bundles").exists()
    return str(caught.value)


def test_what_a_member_of_the_lock_lacks_is_refused_by_pex(checkout, capsys):
    Path(LOCK).write_text("")
    assert refused(service()) == (
        "services/camo/Procfile: 'camo' cannot be bundled. "
        "The lines above come from the program itself: correct what they name."
    )
    assert "one" in capsys.readouterr().err


@pytest.mark.slow
def test_a_program_that_is_not_in_it_is_refused(checkout, capsys):
    Path("services/camo/Procfile").write_text("web: waitress-serve --call camo.app:application\n")
    assert refused(service()).startswith("services/camo/Procfile: 'camo' cannot be bundled.")
    assert "waitress-serve" in capsys.readouterr().err


def test_a_service_without_a_procfile_is_refused(checkout):
    Path("services/camo/Procfile").unlink()
    assert refused(service()) == (
        "there is no 'services/camo/Procfile'. Write what the bundle starts as 'web: program word …'."
    )


def test_a_folder_of_temporary_files_that_pex_cannot_read_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "é").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "é"))
    monkeypatch.setattr(bundling, "PLACES", (str(tmp_path / "gone"), str(tmp_path)))
    assert bundling._workplace() == str(tmp_path)

    monkeypatch.setattr(bundling, "PLACES", ())
    with pytest.raises(BuildError) as caught:
        bundling._workplace()
    assert str(caught.value) == (
        f"pex cannot work in '{tmp_path / 'é'}', which has letters that no address has. "
        "Set TMPDIR to a folder in plain letters."
    )


def test_a_package_of_the_top_folder_holds_its_files_and_what_is_made_for_it(checkout):
    for path in (
        "site/__init__.py",
        "site/x/.env",
        "site/__pycache__/a.py",
        "site/out/made.css",
        "site/not/a.py",
    ):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("print('the site runs')\n")
    Path(LOCK).write_text("")
    top = Bundle("index", (LOCK,), module="site.it", contents=("site/", "!site/not", "!site/out"))
    top = replace(top, placed={"site/out/": "site/static/"})
    Path("site/it.py").write_text("import pathlib\nprint(pathlib.Path(__file__).with_name('static'))\n")

    bundling.make(top, sys.executable, "bundles/index.pex")

    with zipfile.ZipFile("bundles/index.pex") as archive:
        own = [name for name in archive.namelist() if name.startswith("site/") and not name.endswith("/")]
    assert sorted(own) == ["site/__init__.py", "site/it.py", "site/static/made.css"]

    with pytest.raises(BuildError) as caught:
        bundling.make(replace(top, placed={"gone/": "x/"}), sys.executable, "bundles/index.pex")
    assert str(caught.value) == "there is no 'gone/'. Run the task that makes it."


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("camo/tests/test_x.py", "'tests/' never is. Move it out of what is packed."),
        ("internal/x.py", "'internal/' never is. Move it out of what is packed."),
        ("a/infra/x.toml", "'infra/' never is. Move it out of what is packed."),
        ("camo/.env", "it is hidden. Move it out of what is packed."),
        (".git/config", "it is hidden. Move it out of what is packed."),
        ("camo/server.pem", "it may be a secret. Move it out of what is packed."),
    ],
)
def test_names_that_are_never_shipped(name: str, why: str):
    with pytest.raises(BuildError) as caught:
        contents.refuse_name(name, "bundles/camo.pex")
    assert str(caught.value) == f"bundles/camo.pex: '{name}' would be shipped, and {why}"


@pytest.mark.slow
def test_a_wheel_with_a_secret_is_not_built(checkout):
    Path("libs/internal/logs/src/logs/key.pem").write_text("secret")
    assert refused(service()) == (
        "libs/internal/logs/pyproject.toml: 'logs/key.pem' would be shipped, and it may be a secret. "
        "Move it out of what is packed."
    )


def test_a_file_that_names_this_machine_is_refused(checkout):
    Path("site").mkdir()
    Path("site/__init__.py").write_text(f"HERE = {os.getcwd()!r}\n")
    Path(LOCK).write_text("")
    assert refused(Bundle("index", (LOCK,), module="site", contents=("site/",))) == (
        f"bundles/index.pex: 'site/__init__.py' names a folder of this machine, '{os.getcwd()}'. "
        "Take it out: it is another one elsewhere."
    )


def test_the_requirements_of_the_top_folder_name_members(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "-e ./libs/internal/logs[x]  # why\n--editable libs/shared/../shared/b\nwaitress\n-e ./elsewhere\n"
    Path("main.in").write_text(text)
    one = members.Member("logs", "internal", "libs/internal/logs")
    other = members.Member("b", "library", "libs/shared/b")
    from buildgraph.members.looking import named_by

    assert named_by(members.Members((one, other)), ["main.txt", "gone.txt"]) == ["logs", "b"]
