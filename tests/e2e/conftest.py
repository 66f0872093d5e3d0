"""One checkout for all end-to-end tests, in a folder with a space and letters that are not ASCII."""

import pytest

from .checkout import Checkout, copy_files


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with nothing built yet."""
    folder = tmp_path_factory.mktemp("e2e") / "Ünïcode and spaces"
    copy_files(folder)
    return Checkout(folder)
