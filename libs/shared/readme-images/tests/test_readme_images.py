"""Each image is found, with its address and its text, and nothing else is touched."""

from html import escape

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readme_images import Image, drawn, parts, replaced

ATTRIBUTES = {"img": {"src", "alt", "width", "height", "title", "align"}, "a": {"href", "title"}}


def found(html: str) -> list[Image]:
    """Return the images of what people wrote, sanitized."""
    return [part for part in parts(nh3.clean(html, attributes=ATTRIBUTES)) if isinstance(part, Image)]


def test_an_image_is_replaced_and_what_is_around_it_stays():
    html = '<p>a <img src="https://example.org/x.png" alt="It works"> b</p>'
    assert replaced(html, lambda image: f"[{image.text} at {image.address}]") == (
        "<p>a [It works at https://example.org/x.png] b</p>"
    )


@pytest.mark.parametrize(
    ("html", "image"),
    [
        ('<img src="x.png">', Image("x.png", "")),
        ('<img alt="no address">', Image("", "no address")),
        ("<img>", Image("", "")),
        ("<image src=x>", Image("x", "")),
        ('<img src="a" alt="b" />', Image("a", "b")),
        ("<IMG SRC=a ALT=b>", Image("a", "b")),
        ('<img src="https://h/?a=1&amp;b=2" alt="&lt;b&gt;">', Image("https://h/?a=1&b=2", "<b>")),
        ('<img alt="a > b" src="x">', Image("x", "a > b")),
        ("""<img alt='say "so"' src='x'>""", Image("x", 'say "so"')),
        ('<img width="1" height="2" title="t" src="x" alt="">', Image("x", "", "1", "2", "t")),
        ('<img src="a" align="left">', Image("a", "", align="left")),
        ('<img src="a"\n  alt="two\nlines">', Image("a", "two\nlines")),
    ],
)
def test_an_image_has_an_address_and_a_text(html, image):
    assert found(html) == [image]


@pytest.mark.parametrize("html", ["<p>no image</p>", "&lt;img src=x&gt;", "<code>&lt;img&gt;</code>"])
def test_what_is_not_an_image_stays(html):
    assert replaced(nh3.clean(html), lambda image: "!") == nh3.clean(html)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_whatever_people_write_in_an_attribute_stays_in_it(images):
    html = "".join(f'<img src="https://h/{escape(a)}" alt="{escape(b)}">' for a, b in images)
    assert "<img" not in replaced(nh3.clean(html), lambda image: "")
    assert len(found(html)) == len(images)


def test_the_parts_are_the_whole_in_its_order():
    html = '<p>a <img src="x" alt="1"> b <img src="y" alt="2"></p>'
    assert parts(html) == ["<p>a ", Image("x", "1"), " b ", Image("y", "2"), "</p>"]


@pytest.mark.parametrize("title", ["<img src=", '<img src="x">', "<img a=", "<img", "><img src=x>"])
def test_an_image_that_is_written_in_an_attribute_is_not_an_image(title):
    written = f'<a title="{escape(title)}" href=" b=">text</a>'
    assert found(written) == []


@pytest.mark.parametrize(
    "html",
    [
        '<a title="<img> onclick=alert(1) " href="x">text</a>',
        '<a href="x" title="<img/>">text</a>',
        '<td data-x1="<img>" nowrap title="<img>">text</td>',
        '<br title="<img>" />',
    ],
)
def test_a_tag_in_an_attribute_is_not_one_though_a_sanitizer_writes_it_bare(html):
    """As HTML's own rule was until 2025; what replaced it would end the attribute with a quote of its own."""
    assert (
        replaced(f'{html}<img src="x">', lambda image: f'<b class="{image.address}">')
        == f'{html}<b class="x">'
    )


def test_an_image_is_drawn_at_another_address_with_its_look():
    image = Image("https://example.org/x.png", "a & b", "10%", "20", 'say "so"', "left")
    assert drawn(image, "https://camo.example/?a=1&b=2") == (
        '<img src="https://camo.example/?a=1&amp;b=2" alt="a &amp; b" width="10%" height="20"'
        ' title="say &quot;so&quot;" align="left" loading="lazy">'
    )
    assert drawn(Image("x", ""), "y") == '<img src="y" alt="" loading="lazy">'


@given(st.text(), st.text(), st.text())
def test_what_is_drawn_is_found_as_it_was(address, text, width):
    html = drawn(Image("", text, width), address)
    assert parts(html) == ["", Image(address, text, width), ""]
