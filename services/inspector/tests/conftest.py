"""An index and an inspector of it."""

from collections.abc import Callable, Iterator

import pytest
from inspector_fakes import FakeIndex, running
from webob import Request, Response

from inspector.app import Inspector
from inspector.settings import from_environment

Get = Callable[..., Response]


@pytest.fixture
def index() -> Iterator[FakeIndex]:
    """An index without files."""
    with running() as index:
        yield index


@pytest.fixture
def inspector(index: FakeIndex) -> Iterator[Inspector]:
    """An inspector of it."""
    made = Inspector(from_environment({"INSPECTOR_INDEX": index.address}))
    yield made
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
