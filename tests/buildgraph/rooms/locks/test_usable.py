"""What no environment could install, or what would bring in nothing, is refused when it is locked."""

import sys

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks, usable
from buildgraph.rooms.locks.closure import Pin
from buildgraph.rooms.locks.resolve import Resolution
from buildgraph.rooms.locks.sources import Source
from buildgraph.rooms.locks.usable import refuse_unusable

LOCKS = Locks(groups=("main",), pythons=("3.11", "3.12", "3.13"))
WAY_OUT = (
    "Ask for another release or package; or have it built from its source archive ('builds' of the locks); or build a wheel "
    "of it once ('pip wheel --no-deps docopt==1'), put it "
    "where everybody can fetch it, and write its address with its digest: 'docopt @ https://…#sha256=…'."
)


def refuse(line: str, **about: str) -> None:
    source = Source("main", "requirements/main.in", (("requirements/main.in, line 1", line),))
    found = Resolution({}, {"docopt": Pin("docopt", "1", ())}, {"docopt": about})
    refuse_unusable(LOCKS, (source,), found)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ("docopt-1.tar.gz", "has no wheel, and environments are made of wheels"),
        ("docopt-1.tar.gz docopt-2-py3-none-any.whl", "has no wheel, and environments are made of wheels"),
        (
            "docopt-1-cp311-cp311-any.whl docopt-1-cp312-cp312-any.whl",
            "has no wheel for Python 3.13",
        ),
    ],
)
def test_a_release_without_a_wheel_is_refused_with_a_way_out(files, told):
    with pytest.raises(BuildError) as caught:
        refuse("docopt", files=files)
    assert str(caught.value) == (
        f"requirements: 'docopt==1' (requirements/main.in, line 1) {told}. {WAY_OUT}"
    )


def test_all_releases_without_a_wheel_are_named_at_once():
    files = {"paginate": "paginate-1.tar.gz", "six": "six-1-py3-none-any.whl", "zxcvbn": "zxcvbn-1.tar.gz"}
    lines = tuple((f"requirements/main.in, line {place}", name) for place, name in enumerate(files, 1))
    found = Resolution(
        {},
        {name: Pin(name, "1", ()) for name in files},
        {name: {"files": file} for name, file in files.items()},
    )
    with pytest.raises(BuildError) as caught:
        refuse_unusable(LOCKS, (Source("main", "requirements/main.in", lines),), found)
    assert str(caught.value) == (
        "requirements: 'paginate==1' (requirements/main.in, line 1) has no wheel, and environments are made of wheels; "
        "'zxcvbn==1' (requirements/main.in, line 3) has no wheel, and environments are made of wheels. "
        "Ask for other releases or packages; or have them built from their source archives ('builds' of the locks: paginate, zxcvbn); "
        "or build a wheel of each once ('pip wheel --no-deps paginate==1 zxcvbn==1'), put them where everybody can fetch them, "
        "and write their addresses with their digests: 'NAME @ https://…#sha256=…'."
    )


EVERYWHERE = "docopt-1-cp38-abi3-manylinux_2_17_x86_64.whl docopt-1-cp38-abi3-macosx_11_0_universal2.whl"


def on(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, *tags: str) -> None:
    """Let this machine be another."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(usable.platform, "machine", lambda: machine)
    monkeypatch.setattr(usable.platform, "system", lambda: {"linux": "Linux", "win32": "Windows"}[system])
    monkeypatch.setattr(usable, "platform_tags", lambda: iter(tags))


def test_a_release_without_a_wheel_for_this_machine_is_refused(monkeypatch):
    """As psycopg2 is, which has wheels for Windows only."""
    files = "docopt-1.tar.gz docopt-1-cp311-cp311-win_amd64.whl docopt-1-cp312-cp312-win_amd64.whl docopt-1-cp313-abi3-win_amd64.whl"
    on(monkeypatch, "linux", "x86_64", "manylinux_2_17_x86_64", "linux_x86_64")
    with pytest.raises(BuildError) as caught:
        refuse("docopt", files=files)
    assert str(caught.value) == (
        "requirements: 'docopt==1' (requirements/main.in, line 1) has no wheel for Linux on x86_64 "
        f"(Python 3.11, 3.12, 3.13). {WAY_OUT}"
    )
    refuse("docopt; sys_platform == 'win32'", files=files)

    on(monkeypatch, "win32", "AMD64", "win_amd64")
    refuse("docopt", files=files)


def test_other_platforms_that_lack_a_wheel_are_told(monkeypatch, capsys):
    on(monkeypatch, "linux", "x86_64", "manylinux_2_17_x86_64")
    refuse("docopt", files=EVERYWHERE)
    assert capsys.readouterr().out == (
        "without a wheel for other platforms, where it could not be installed: docopt==1 (Linux aarch64, Windows AMD64)\n"
    )
    refuse("docopt; platform_machine != 'aarch64' and sys_platform != 'win32'", files=EVERYWHERE)
    assert capsys.readouterr().out == ""


def test_a_machine_that_no_lock_serves_is_not_judged(monkeypatch):
    on(monkeypatch, "linux", "riscv64", "linux_riscv64")
    refuse("docopt", files="docopt-1-cp38-abi3-win_amd64.whl")


@pytest.mark.parametrize("files", ["docopt-1-py2.py3-none-any.whl", ""])
def test_a_wheel_that_serves_every_python_or_an_address_is_taken(files):
    refuse("docopt", files=files)


def test_an_extra_that_the_release_does_not_have_is_refused_by_its_line():
    refuse("docopt[more]", extras="more")

    with pytest.raises(BuildError) as caught:
        refuse("docopt[mroe]", extras="more")
    assert str(caught.value) == (
        "requirements/main.in, line 1: docopt 1 has no extra 'mroe'. Name one that it has."
    )
