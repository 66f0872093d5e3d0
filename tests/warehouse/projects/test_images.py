"""Images of descriptions come from the proxy, if there is one; anything else is shown by its text."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from readme_images.signing import LONGEST, signed
from tests.warehouse.factories import make_project
from warehouse.projects import images
from warehouse.projects.descriptions import render, render_stale, renderer
from warehouse.projects.images import AS_TEXT, Images, images_of
from warehouse.projects.models import Release
from warehouse.settings import Settings

ORIGIN, KEY = "https://camo.example.org", "k" * 32
PROXIED = Images(ORIGIN, KEY)
MARKDOWN = "text/markdown"


def test_an_image_from_elsewhere_is_loaded_from_the_proxy_with_its_look():
    text = '<img src="https://example.org/a.png?a=1&amp;b=2" alt="A & B" width="40" height="50%" onerror="x">'
    html = render(text, MARKDOWN, PROXIED)
    address = signed(ORIGIN, KEY, "https://example.org/a.png?a=1&b=2")
    expected = f'<img src="{address}" alt="A &amp; B" width="40" height="50%" loading="lazy">'
    assert html and expected in html


def test_restructuredtext_has_images_from_the_proxy_too():
    html = render(".. image:: http://example.org/a.png\n   :alt: A\n", "text/x-rst", PROXIED)
    assert (
        html
        and f'<img src="{signed(ORIGIN, KEY, "http://example.org/a.png")}" alt="A" loading="lazy">' in html
    )


@pytest.mark.parametrize(
    "address",
    [
        "a.png",
        "/a.png",
        "//example.org/a.png",
        "../a.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "ftp://example.org/a.png",
        "https:example.org",
        "https://",
        "https://example.org/a b.png",
        "https://example.org\\a.png",
        " https://example.org/a.png",
        "https://example.org/" + "ü" * (LONGEST // 2),
    ],
)
def test_any_other_image_is_shown_by_its_text(address: str):
    parts = ["<p>", [address, "A & B", "", "", "", ""], "</p>"]
    expected = '<p><span class="image-elsewhere">A &amp; B</span></p>'
    assert PROXIED.placed(parts) == AS_TEXT.placed(parts) == expected


def test_a_description_has_so_many_images_and_the_others_are_shown_by_their_text(monkeypatch):
    monkeypatch.setattr(images, "MOST", 2)
    html = render("![a](https://h.org/1) ![b](https://h.org/2) ![c](https://h.org/3)", MARKDOWN, PROXIED)
    assert html and html.count("<img ") == 2
    assert html.endswith('<span class="image-elsewhere">c</span></p>\n')


def test_a_page_is_known_by_the_proxy_and_its_key():
    others = [AS_TEXT, Images("https://other.example", KEY), Images(ORIGIN, "x" * 32)]
    assert len({renderer(each) for each in [PROXIED, *others]}) == 4
    assert renderer(PROXIED).startswith(f"{renderer()} {ORIGIN} ")
    assert KEY not in renderer(PROXIED) + repr(PROXIED)


def test_another_proxy_has_descriptions_rendered_again(db: Session):
    make_project(db, description="![a](https://h.org/1)", description_content_type=MARKDOWN)
    pages = []
    for proxy in (AS_TEXT, PROXIED, Images(ORIGIN, "x" * 32), AS_TEXT):
        render_stale(db, proxy)
        pages.append(page_of(db))
    assert pages[0] == pages[3] == '<p><span class="image-elsewhere">a</span></p>\n'
    assert len({pages[1], pages[2], pages[0]}) == 3


def page_of(db: Session) -> str | None:
    """Return what the only release is shown as."""
    db.commit()
    return db.scalar(select(Release.description_html))


def test_the_application_shows_images_as_its_settings_say(settings: Settings):
    assert images_of(settings).proxy == ""
    assert images_of(replace(settings, camo=ORIGIN, camo_key=KEY)) == PROXIED
