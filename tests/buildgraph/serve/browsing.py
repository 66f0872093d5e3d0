"""A page in a real Chromium, which is told what to do and what to wait for."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from .harness import ROOT

NODE = ROOT / ".nodeenv/bin/node"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS_BROWSER = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not (CHROMIUM and NODE.exists() and (ROOT / "node_modules/playwright-core").exists()),
        reason="needs a Chromium ('apt-get install chromium') and node ('doit node')",
    ),
]


class Browser:
    """A page that is told what to do and what to wait for."""

    def __init__(self) -> None:
        words = [str(NODE), str(ROOT / "tests/buildgraph/serve/browser.mjs"), CHROMIUM]
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert json.loads(self.process.stdout.readline()) == "ready"

    def tell(self, **told) -> None:
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer == "ok", answer

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture
def browser() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.close()
