"""The library as a wheel: whole, reproducible, and no matter for what is made."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import time
import tomllib
import zipfile

import pytest

from tests.packaged import ROOT, Adopter, built, copied

DODO = """
from buildgraph import rule
from buildgraph.rooms import assets
PUBLISHED, = assets.Assets("made/static/", "none", copied={"images": "images/"}).steps
def task_static():
    return rule(**PUBLISHED.said())
def task_own():
    return rule(inputs=["images/a.txt"], outputs=["made/own"], command=["python", "own.py", "images/a.txt", "made/own"])
"""
READING = """
VARIABLES = {}
with open("settings.env") as file:
    for line in file:
        name, is_set, value = line.strip().partition("=")
        if is_set and not name.startswith("#"):
            VARIABLES[name] = value
"""
BY_THE_READER = """
from buildgraph import dotenv
VARIABLES = dotenv("settings.env") | dotenv("own.env", optional=True)
"""
SAID = """
WORDS = {name.lower(): {"value": value} for name, value in VARIABLES.items()}
def task_said():
    say = "import sys; open(sys.argv[1], 'w').write(' '.join(sys.argv[2:]))"
    words = [each["value"] for each in WORDS.values()]
    return rule(outputs=["made/said"], command=["python", "-c", say, "made/said", *words])
"""
OWN = "import shutil, sys; shutil.copy(*sys.argv[1:])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    return built(copied(folder / "sources"), folder / "dist")


def adopter(folder, name="checkout") -> Adopter:
    made = Adopter(folder / name, DODO)
    (made.folder / "images").mkdir()
    (made.folder / "images/a.txt").write_text("a")
    (made.folder / "own.py").write_text(OWN)
    return made


def test_wheel_and_sdist_have_every_file_of_the_library(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "buildgraph"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    ours = {path for path in listed.stdout.split() if not path.endswith("pyproject.toml")}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == ours - {"buildgraph/README.md"}, "that is in its metadata"
    with tarfile.open(next(wheel.parent.glob("*.tar.gz"))) as archive:
        names = {f"buildgraph/{name.partition('/')[2]}" for name in archive.getnames()}
    assert names == {*ours, "buildgraph/pyproject.toml", "buildgraph/PKG-INFO"}


def test_wheel_is_the_same_bytes_wherever_and_whenever_and_from_the_sdist(wheel, tmp_path):
    again = built(copied(tmp_path / "elsewhere"), tmp_path / "dist")
    assert again.read_bytes() == wheel.read_bytes()
    (sdist,) = wheel.parent.glob("*.tar.gz")
    assert next((tmp_path / "dist").glob("*.tar.gz")).read_bytes() == sdist.read_bytes()
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = next(path for path in tmp_path.iterdir() if path.name.startswith("buildgraph-"))
    assert built(unpacked, tmp_path / "third").read_bytes() == wheel.read_bytes()


def test_the_backend_is_the_one_that_the_locks_have():
    wants = tomllib.loads((ROOT / "buildgraph/pyproject.toml").read_text())["build-system"]["requires"]
    assert f"\n{wants[0]} \\\n" in (ROOT / "requirements/tests.txt").read_text()


def test_wheel_makes_what_the_folder_makes_and_then_has_nothing_to_do(wheel, tmp_path):
    one = adopter(tmp_path, "folder").with_folder(ROOT / "buildgraph")
    other = adopter(tmp_path, "it's a [wheel] %41").with_wheel(wheel)
    assert "2 ran" in one.doit()
    assert "2 ran" in other.doit()
    assert one.made() == other.made() != {}
    for checkout in (one, other):
        checkout.doit()
        assert checkout.doit() == "static, own: up to date\n"


def test_a_folder_that_takes_the_place_of_the_wheel_makes_anew_what_its_code_would_make_otherwise(
    wheel, tmp_path
):
    checkout = adopter(tmp_path).with_wheel(wheel)
    checkout.doit()
    assert checkout.doit() == "static, own: up to date\n"
    copied(checkout.folder / "buildgraph")
    assert checkout.doit() == checkout.doit() == "static, own: up to date\n"
    shutil.rmtree(checkout.folder / "buildgraph")
    assert checkout.doit() == checkout.doit() == "static, own: up to date\n"
    copied(checkout.folder / "buildgraph", {"rooms/assets/publish.py": "# Edited.\n"})
    said = checkout.doit()
    assert "made    static" in said
    assert "made    own" not in said


@pytest.mark.parametrize(
    ("edited", "ran"),
    [("rooms/assets/publish.py", ["static"]), ("rules/command.py", ["static"]), ("rooms/node/npm.py", [])],
)
def test_another_release_makes_anew_what_its_code_made_and_nothing_else(wheel, tmp_path, edited, ran):
    checkout = adopter(tmp_path).with_wheel(wheel)
    assert "2 ran" in checkout.doit()
    upgraded = built(copied(tmp_path / "edited", {edited: "# Edited.\n"}), tmp_path / "dist")
    checkout.with_wheel(upgraded)
    said = checkout.doit()
    assert [line.split()[1] for line in said.splitlines() if line.startswith("made")] == ran
    assert ran or said == "static, own: up to date\n"


@pytest.mark.parametrize("reading", [READING, BY_THE_READER])
def test_definitions_that_read_a_file_of_variables_and_fill_dictionaries_have_a_certificate(
    wheel, tmp_path, reading
):
    checkout = adopter(tmp_path).with_wheel(wheel)
    (checkout.folder / "settings.env").write_text("# settings\nNAME=one\nOTHER=two\n")
    with (checkout.folder / "dodo.py").open("a") as file:
        file.write(reading + SAID)
    assert "3 ran" in checkout.doit()
    checkout.doit()
    assert certified(checkout) == "static, own, said: up to date"
    (checkout.folder / "settings.env").write_text("NAME=three\nOTHER=two\n")
    assert certified(checkout) == "None"
    assert "made    said" in checkout.doit()
    assert (checkout.folder / "made/said").read_text() == "three two"


def test_a_file_of_variables_that_there_may_be_counts_when_it_comes(wheel, tmp_path):
    checkout = adopter(tmp_path).with_wheel(wheel)
    (checkout.folder / "settings.env").write_text("NAME=one\nOTHER=two\n")
    with (checkout.folder / "dodo.py").open("a") as file:
        file.write(BY_THE_READER + SAID)
    checkout.doit()
    checkout.doit()
    assert certified(checkout) == "static, own, said: up to date"
    (checkout.folder / "own.env").write_text("NAME=mine\n")
    assert certified(checkout) == "None"
    assert "made    said" in checkout.doit()
    assert (checkout.folder / "made/said").read_text() == "mine two"


def certified(checkout: Adopter) -> str:
    """Return what the certificate of the bare command line says, without any look at the graph."""
    (python,) = (checkout.folder / ".buildgraph/tools").glob("*/bin/python")
    question = "from buildgraph.proof.certificate import holds; print(holds([]))"
    done = subprocess.run(
        [python, "-c", question],
        cwd=checkout.folder,
        env={"HOME": str(checkout.folder)},  # as `doit` has it: variables are a part of what is certified
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_nothing_to_do_is_said_within_a_tenth_of_a_second(wheel, tmp_path):
    checkout = adopter(tmp_path).with_wheel(wheel)
    for _ in range(3):
        checkout.doit()
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        assert "up to date" in checkout.doit()
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.2, (
        seconds
    )  # bench/ has the figure; here only what another look at the graph would cost is told apart.
