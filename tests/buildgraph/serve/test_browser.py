"""The browser follows: what is wrong is seen in a page that is open, and is gone after the mend, without a hand."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from .harness import ROOT

NODE = ROOT / ".nodeenv/bin/node"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not (CHROMIUM and NODE.exists() and (ROOT / "node_modules/playwright-core").exists()),
        reason="needs a Chromium ('apt-get install chromium') and node ('doit node')",
    ),
]
RED, GREEN = "rgb(255, 0, 0)", "rgb(0, 128, 0)"
POLICIES = ("", "default-src 'self'", "default-src 'none'; script-src 'nonce-abc'; style-src 'self'")
APPLICATION = """
import pathlib
from app import words
HERE = pathlib.Path(__file__).parent.parent
POLICY = {policy!r}

def application(environ, start_response):
    if environ["PATH_INFO"].endswith(".css"):
        body, kind = (HERE / "static/a.css").read_bytes(), "text/css"
    else:
        body, kind = (HERE / "templates/page.html").read_text().format(word=words.word()).encode(), "text/html; charset=utf-8"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers + ([("Content-Security-Policy", POLICY)] if POLICY else []))
    return [body]
"""
PAGE = '<!doctype html><html><head><title>t</title><link rel="stylesheet" href="/a.css"></head><body><p>{word} page</p></body></html>'
WORDS = "def word():\n    return 'one'\n"


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
        assert json.loads(self.process.stdout.readline()) == "ok"

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture
def browser():
    made = Browser()
    yield made
    made.close()


def prepared(policy):
    def prepare(folder):
        (folder / "app/main.py").write_text(APPLICATION.format(policy=policy))
        (folder / "app/words.py").write_text(WORDS)
        for name, text in (("templates/page.html", PAGE), ("static/a.css", "body { color: red }")):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)

    return prepare


@pytest.mark.parametrize("policy", POLICIES)
def test_the_page_follows(serve, browser, policy):
    served = serve(prepare=prepared(policy), wait="one page")
    browser.tell(goto=f"http://127.0.0.1:{served.port}/")
    browser.tell(text="one page", color=RED, overlay=None)

    browser.tell(set="this load")
    served.write("static/a.css", "body { color: green }")
    browser.tell(color=GREEN, mark="this load")  # without a page load

    served.write("app/words.py", WORDS.replace("one", "two"))
    browser.tell(text="two page", mark=None)
    for broken, title in (
        ("def word(:\n", "SyntaxError"),
        ("import nothing_like_that\n", "ModuleNotFoundError"),
    ):
        browser.tell(set="this load")
        served.write("app/words.py", broken)
        browser.tell(overlay=title, text="two page", mark="this load")
        served.write("app/words.py", WORDS.replace("one", "two"))
        browser.tell(text="two page", overlay=None, mark=None)

    served.write("app/words.py", "def word():\n    raise LookupError('in a view')\n")
    browser.tell(text="LookupError")
    served.write("app/words.py", WORDS)
    browser.tell(text="one page")

    served.write("templates/page.html", PAGE.replace("{word}", "{missing}"))
    browser.tell(text="KeyError")
    served.write("templates/page.html", PAGE)
    browser.tell(text="one page")


def test_a_page_of_a_failure_goes_away_by_itself(serve, browser):
    served = serve(prepare=lambda folder: (folder / "app/words.py").write_text("x = (\n"), wait="")
    served.wait_for("SyntaxError", status=500)
    browser.tell(goto=f"http://127.0.0.1:{served.port}/")
    browser.tell(text="SyntaxError")
    served.write("app/words.py", "import nothing_like_that\n")
    browser.tell(text="ModuleNotFoundError")
    served.write("app/words.py", "WORD = 'good'\n")

    browser.tell(text="good!")
