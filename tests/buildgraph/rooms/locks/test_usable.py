"""What no environment could install, or what would bring in nothing, is refused when it is locked."""

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.closure import Pin
from buildgraph.rooms.locks.resolve import Resolution
from buildgraph.rooms.locks.sources import Source
from buildgraph.rooms.locks.usable import refuse_unusable

LOCKS = Locks(groups=("main",), pythons=("3.11", "3.12", "3.13"))
WAY_OUT = (
    "Ask for another release or package; or build a wheel of it once ('pip wheel --no-deps docopt==1'), put it "
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
            "docopt-1-cp311-cp311-any.whl docopt-1-cp312-cp312-manylinux_2_17_x86_64.whl",
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


@pytest.mark.parametrize("files", ["docopt-1-py2.py3-none-any.whl", "docopt-1-cp38-abi3-win_amd64.whl", ""])
def test_a_wheel_that_serves_every_python_or_an_address_is_taken(files):
    refuse("docopt", files=files)


def test_an_extra_that_the_release_does_not_have_is_refused_by_its_line():
    refuse("docopt[more]", extras="more")

    with pytest.raises(BuildError) as caught:
        refuse("docopt[mroe]", extras="more")
    assert str(caught.value) == (
        "requirements/main.in, line 1: docopt 1 has no extra 'mroe'. Name one that it has."
    )
