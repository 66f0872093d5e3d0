"""Descriptions are rendered once, by their type, and can harm nobody."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtest import TestApp

import quarantine
from tests.warehouse.factories import make_project
from warehouse.projects import descriptions
from warehouse.projects.descriptions import render, render_stale, shown
from warehouse.projects.images import Images
from warehouse.projects.models import Release

MARKDOWN = "text/markdown"


def render_description(text: str, content_type: str) -> str:
    """Return what a page shows of a description once the job has been there."""
    return shown(Release(description=text, description_html=render(text, content_type)))


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


def test_a_page_shows_what_a_job_has_rendered_and_computes_nothing(
    app: TestApp, db: Session, monkeypatch: pytest.MonkeyPatch
):
    make_project(db, description="*Hi* <b>", description_content_type=MARKDOWN)
    assert app.get("/project/sample/").html.select_one(".description pre").text == "*Hi* <b>"
    assert render_stale(db) is False
    db.commit()
    monkeypatch.setattr(quarantine, "ask", None)
    assert app.get("/project/sample/").html.select_one(".description em").text == "Hi"
    assert render_stale(db) is False  # asks nobody: nothing is stale


def test_another_renderer_renders_again_in_batches(db: Session, monkeypatch: pytest.MonkeyPatch):
    versions = tuple(f"1.{minor}" for minor in range(3))
    make_project(db, versions=versions, description="*Hi*", description_content_type=MARKDOWN)
    make_project(db, "Quiet")
    monkeypatch.setattr(descriptions, "BATCH", 2)
    assert [render_stale(db), render_stale(db)] == [True, False]
    before = set(db.scalars(select(Release.description_html).where(Release.description != "")))
    assert before == {render("*Hi*", MARKDOWN)}
    monkeypatch.setattr(descriptions, "renderer", lambda images: "new")
    monkeypatch.setattr(descriptions, "render", lambda text, content_type, images: f"new {text}")
    assert [render_stale(db), render_stale(db)] == [True, False]
    rendered = db.execute(select(Release.description_html, Release.rendered_by).order_by(Release.id)).all()
    assert [tuple(row) for row in rendered] == [("new *Hi*", "new")] * 3 + [(None, None)]


def test_the_renderer_is_known_by_our_own_module_and_the_libraries():
    own, *libraries = descriptions.renderer().split(" ")
    assert len(own) == 16
    assert libraries[::2] == list(descriptions.LIBRARIES)


def test_a_description_that_changes_while_it_is_rendered_is_rendered_again(
    db: Session, monkeypatch: pytest.MonkeyPatch
):
    release = make_project(db, description="*old*", description_content_type=MARKDOWN).releases[0]
    number = release.id

    def slow(text: str, content_type: str, images: Images) -> str:
        db.get_one(Release, number).description = "*new*"
        db.commit()
        return "<em>old</em>"

    with monkeypatch.context() as patched:
        patched.setattr(descriptions, "render", slow)
        render_stale(db)
    assert db.get_one(Release, number).description_html is None
    render_stale(db)
    assert "<em>new</em>" in (db.scalar(select(Release.description_html)) or "")


@pytest.mark.parametrize("problem", ["limit", "size"])
def test_what_a_limit_ended_is_shown_as_written(db: Session, monkeypatch: pytest.MonkeyPatch, problem: str):
    def ask(*question: str) -> list[str]:
        if problem == "limit":
            raise quarantine.TooMuch
        return ["<p>" * 10]

    monkeypatch.setattr(quarantine, "ask", ask)
    monkeypatch.setattr(descriptions, "LONGEST_HTML", 20)
    release = make_project(db, description="> >", description_content_type=MARKDOWN).releases[0]
    render_stale(db)
    db.refresh(release)
    assert release.rendered_by == descriptions.renderer()
    assert shown(release) == '<pre class="plain">&gt; &gt;</pre>'
