"""The built documentation in a real Chromium: it fits a telephone's window and is dark where the system is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .test_browser import NODE, ROOT, WIDTHS, chromium

__all__ = ["chromium"]  # a fixture

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built as `doit docs` does, beside the checkout's own."""
    folder = tmp_path_factory.mktemp("documentation")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--quiet", "--builder=html"]
    subprocess.run(
        [*command, f"--doctree-dir={folder / 'trees'}", "docs", folder / "html"], cwd=ROOT, check=True
    )
    return folder / "html"


def test_it_fits_its_window_and_is_dark_where_the_system_is(chromium: str, built: Path):
    pages = sorted(str(path.relative_to(built)) for path in built.rglob("*.html"))
    script = ["tests/e2e/documentation.mjs", chromium, f"{built.as_uri()}/", json.dumps(pages)]
    result = subprocess.run(
        [str(NODE), *script, json.dumps(WIDTHS)], cwd=ROOT, capture_output=True, text=True, timeout=240
    )

    assert result.returncode == 0, result.stderr
    measured = json.loads(result.stdout)
    assert "tutorial.html" in pages and len(measured) == len(WIDTHS) * (len(pages) + 1)
    assert [each for each in measured if each["wide"] > each["width"] or each["missing"]] == []
    laptop = [each for each in measured if each["width"] == max(WIDTHS)]
    assert [each for each in laptop if each["path"] == "tutorial.html" and each["cut"]] == []
    for each in measured:
        light = sum(map(int, re.findall(r"\d+", each["background"])[:3]))
        assert light > 700 if each["colorScheme"] == "light" else light < 100, each
