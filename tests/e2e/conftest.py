"""One checkout for all end-to-end tests, in a folder with a space and letters that are not ASCII."""

import pytest

from .checkout import Checkout, copy_files


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share the checkout in one worker, in the order they are written."""
    for item in items:
        if "tests/e2e/" in item.nodeid and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("checkout"))


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with nothing built yet."""
    folder = tmp_path_factory.mktemp("e2e") / "Ünïcode and spaces"
    copy_files(folder)
    return Checkout(folder)
