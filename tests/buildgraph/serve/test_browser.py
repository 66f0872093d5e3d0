"""The browser follows: what is wrong is seen in a page that is open, and is gone after the mend, without a hand."""

from __future__ import annotations

import pytest

from .browsing import NEEDS_BROWSER, browser
from .harness import wait_until
from .test_around import GRAPH, news, write

__all__ = ["browser"]  # a fixture
pytestmark = NEEDS_BROWSER
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


def prepared(policy):
    def prepare(folder):
        (folder / "app/main.py").write_text(APPLICATION.format(policy=policy))
        (folder / "app/words.py").write_text(WORDS)
        for name, text in (("templates/page.html", PAGE), ("static/a.css", "body { color: red }")):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)

    return prepare


@pytest.mark.slow(keep=1)
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
        if title == "SyntaxError":
            browser.tell(overlay="^")
            browser.tell(overlay="app/words.py:1 ")
            browser.tell(press="Escape")
            browser.tell(overlay=None, text="two page", mark="this load")
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


@pytest.mark.parametrize(
    ("saved", "text", "shown"),
    [
        ("static/a.css", "body { color: green }", {"color": GREEN, "mark": "this load"}),
        ("templates/page.html", PAGE.replace("page", "sheet"), {"text": "one sheet", "mark": None}),
    ],
)
def test_a_save_before_a_page_listens_is_not_lost(serve, browser, saved, text, shown):
    served = serve("--live=templates", "--live=static", prepare=prepared(""), wait="one page")
    browser.tell(hold=True)
    browser.tell(goto=f"http://127.0.0.1:{served.port}/")
    browser.tell(text="one page", color=RED)
    browser.tell(set="this load")
    served.write(saved, text)
    wait_until(lambda: {"page", "style"} & set(news(served)["told"]), "it is told")
    browser.tell(release=True)

    browser.tell(**shown)


def test_a_page_of_a_failure_goes_away_by_itself(serve, browser):
    served = serve(prepare=lambda folder: (folder / "app/words.py").write_text("x = (\n"), wait="")
    served.wait_for("SyntaxError", status=500)
    browser.tell(goto=f"http://127.0.0.1:{served.port}/")
    browser.tell(text="SyntaxError")
    served.write("app/words.py", "import nothing_like_that\n")
    browser.tell(text="ModuleNotFoundError")
    served.write("app/words.py", "WORD = 'good'\n")

    browser.tell(text="good!")


MANIFEST = """
from app import words
import hashlib, pathlib
HERE = pathlib.Path(__file__).parent.parent
STYLE = HERE / "static/a.css"

def application(environ, start_response):
    text = STYLE.read_bytes() if STYLE.exists() else b""
    name = f"/a.{hashlib.sha256(text).hexdigest()[:8]}.css"
    if environ["PATH_INFO"].endswith(".css"):
        body, kind, status = text, "text/css", "200 OK" if environ["PATH_INFO"] == name else "404 Not Found"
    else:
        body, kind, status = f'<!doctype html><head><link rel="stylesheet" href="{name}"></head><p>{words.WORD} page'.encode(), "text/html", "200 OK"
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
"""


def test_a_sheet_that_a_task_makes_is_swapped_under_its_new_name_and_its_failure_is_an_overlay(
    serve, browser
):
    def prepare(folder):
        write(folder)
        (folder / "app/main.py").write_text(MANIFEST)

    served = serve(*GRAPH, prepare=prepare, wait="one page")
    wait_until(lambda: served.status()["build_reads"], "the graph says what it reads")
    served.write("locks/a.txt", "two")
    served.wait_for_line("stamp changed")
    served.wait_for("one page")
    browser.tell(goto=f"http://127.0.0.1:{served.port}/")
    browser.tell(set="this load")

    served.write("sass/a.scss", "body { color: red }")
    browser.tell(color=RED, mark="this load", overlay=None)
    served.write("sass/a.scss", "body {\nbroken")
    browser.tell(overlay="style failed", color=RED, mark="this load")
    browser.tell(goto=f"http://127.0.0.1:{served.port}/other")
    browser.tell(overlay="this is broken", text="one page")
    browser.tell(set="this load")
    served.write("sass/a.scss", "body { color: green }")
    browser.tell(overlay=None, color=GREEN, mark="this load")
