"""A registry over HTTP in place of a folder of wheels; and properties that are asked for in whatever time it takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .registry import Registry, serving

# How long an example takes says what else the machine does, or that the run is recorded.
settings.register_profile("locks", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("locks")


@pytest.fixture
def registry(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The folder of wheels, served to pip and uv as their only index."""
    with serving(index) as server:
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server
