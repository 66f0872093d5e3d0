"""An index and an inspector of it."""

from collections.abc import Callable, Iterator

import pytest
from inspector_fakes import FakeIndex, running
from webob import Request, Response

from inspector.app import Inspector
from inspector.looking import LIMITS
from inspector.settings import from_environment
from quarantine import Quarantine

Get = Callable[..., Response]


@pytest.fixture
def index() -> Iterator[FakeIndex]:
    """An index without files."""
    with running() as index:
        yield index


@pytest.fixture(scope="session")
def readers() -> Iterator[Quarantine]:
    """The processes that read: they know nothing of what they read before, so all tests can have the same."""
    quarantine = Quarantine(LIMITS)
    yield quarantine
    quarantine.close()


@pytest.fixture
def inspector(index: FakeIndex, readers: Quarantine) -> Iterator[Inspector]:
    """An inspector of it."""
    made = Inspector(from_environment({"INSPECTOR_INDEX": index.address}))
    own, made._looking._quarantine = made._looking._quarantine, readers
    yield made
    made._looking._quarantine = own
    made.close()


@pytest.fixture
def get(inspector: Inspector) -> Get:
    """Ask the inspector for a path below /project/sample/1.0/, or for one that begins with a slash."""

    def ask(path: str, status: int | tuple[int, ...] = 200, **options: str) -> Response:
        address = path if path.startswith("/") else f"/project/sample/1.0/{path}"
        response = Request.blank(address, **options).get_response(inspector)
        assert response.status_int in (status if isinstance(status, tuple) else (status,)), response.text
        return response

    return ask
