"""Descriptions are rendered by their type and can harm nobody."""

import pytest

from warehouse.projects.descriptions import render_description

MARKDOWN = "text/markdown"


def test_markdown_is_rendered():
    assert "<strong>bold</strong>" in render_description("**bold**", MARKDOWN)


def test_a_table_needs_github_s_variant():
    table = "|a|b|\n|-|-|\n|1|2|\n"
    assert "<table>" in render_description(table, f"{MARKDOWN}; variant=GFM")
    assert "<table>" not in render_description(table, f"{MARKDOWN}; charset=UTF-8; variant=CommonMark")


@pytest.mark.parametrize("content_type", ["", "text/x-rst", "text/x-rst; charset=UTF-8"])
def test_restructuredtext_is_rendered_and_the_default(content_type: str):
    assert "<strong>bold</strong>" in render_description("**bold**", content_type)


def test_broken_restructuredtext_is_shown_as_written():
    text = "Title\n==\n\n.. raw:: html\n\n   <b>\n"
    assert render_description(text, "text/x-rst").startswith('<pre class="plain">Title')


@pytest.mark.parametrize("content_type", ["text/plain", "nonsense", "text/html"])
def test_any_other_text_is_shown_as_written(content_type: str):
    assert render_description("<b>&", content_type) == '<pre class="plain">&lt;b&gt;&amp;</pre>'


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        "[a](javascript:alert(1))",
        '<iframe src="https://example.org"></iframe>',
        '<p style="position:fixed">x</p>',
        '![a](x "><script>alert(1)</script>")',
        "![><script>alert(1)</script>](https://example.org/a.png)",
    ],
)
def test_nothing_active_survives(text: str):
    html = render_description(text, MARKDOWN)
    assert "<script" not in html
    assert "<iframe" not in html
    assert " onerror" not in html
    assert 'href="javascript' not in html
    assert "style=" not in html


def test_an_image_from_elsewhere_becomes_its_text():
    html = render_description("![Build & test](https://example.org/badge.svg)", MARKDOWN)
    assert '<span class="image-elsewhere">Build &amp; test</span>' in html
    assert "<img" not in html


def test_an_image_without_text_is_called_an_image():
    html = render_description("![](https://example.org/badge.svg)", MARKDOWN)
    assert '<span class="image-elsewhere">image</span>' in html
