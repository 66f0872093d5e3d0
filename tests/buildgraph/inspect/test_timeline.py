"""The page of a run: a row for each task, at its time, that says why it ran; nothing is fetched."""

from __future__ import annotations

import re

import pytest

from buildgraph.inspect.timeline import page
from buildgraph.record.timeline import Span, Timeline
from tests.buildgraph.serve.browsing import NEEDS_BROWSER, Browser

RUN = Timeline(
    "doit lint",
    1.0,
    ["locks", "lint"],
    [
        Span("lint", 1.0, 3.0, 1, ["the input '<b>.py' changed"], "src/<b>.py:3: unused"),
        Span("locks", 0.0, 1.0, 0, ["it has never run"]),
        Span("docs", 1.0, 0.5, 0),
    ],
)


@pytest.fixture(scope="module")
def text() -> str:
    return page(RUN, "3 ran, 0 reused, 1 failed")


def test_each_task_has_a_bar_at_its_time_in_the_order_of_their_beginnings(text):
    assert re.findall(r'class="name">([^<]+)<', text) == ["locks", "docs", "lint"]
    assert re.findall(r'class="bar (\w+)" style="left: ([\d.]+)%; width: ([\d.]+)%', text) == [
        ("critical", "0.000", "25.000"),
        ("task", "25.000", "12.500"),
        ("failed", "25.000", "75.000"),
    ]


def test_what_failed_is_open_and_says_how(text):
    assert text.count("<details open>") == 1
    assert "failed: src/&lt;b&gt;.py:3: unused" in text
    assert "the input &#x27;&lt;b&gt;.py&#x27; changed" in text
    assert "<b>" not in text


def test_nothing_is_fetched_and_nothing_runs(text):
    assert not re.search(r"<script|<link|<img|https?:|url\(|@import", text)


def test_a_run_of_no_time_is_a_page():
    assert "0.00 s" in page(Timeline("doit", 1.0, [], [Span("t", 0.0, 0.0, 0)]), "1 ran, 0 reused")


class TestInBrowser:
    pytestmark = NEEDS_BROWSER

    @pytest.mark.parametrize("width", [390, 1280])
    def test_it_opens_from_the_disk_at_any_width(self, text, tmp_path, width):
        file = tmp_path / "trace.html"
        file.write_text(text, "utf-8")
        browser = Browser()
        try:
            browser.tell(size={"width": width, "height": 800})
            browser.tell(goto=file.as_uri())
            browser.tell(text="failed: src/<b>.py:3: unused")
        finally:
            browser.close()
