"""Images of READMEs, found in sanitized HTML and replaced."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

__all__ = ["Image", "drawn", "parts", "replaced"]

# Serialized attributes never hold a bare '"', so this cannot end inside one. All tags are read, since not all sanitizers
# write "<" as "&lt;" in an attribute: what looks like an image in one belongs to the tag around it.
TAG = re.compile(r'<(/?[a-z][a-z0-9-]*)((?:\s+[a-z][a-z0-9:_-]*(?:="[^"]*")?)*)\s*/?>')
ATTRIBUTE = re.compile(r'([a-z][a-z0-9:_-]*)="([^"]*)"')


@dataclass(frozen=True)
class Image:
    """An image as a page says it: its address, the text that stands for it, and its look; "" for what is not said."""

    address: str
    text: str
    width: str = ""
    height: str = ""
    title: str = ""
    align: str = ""


def replaced(html: str, replacement: Callable[[Image], str]) -> str:
    """Return sanitized HTML with each of its images replaced by what is returned for it, which is HTML, too."""
    return "".join(part if isinstance(part, str) else replacement(part) for part in parts(html))


def parts(html: str) -> list[str | Image]:
    """Return sanitized HTML in parts: what is between images, and the images, in their order."""
    found: list[str | Image] = []
    end = 0
    for image in TAG.finditer(html):
        if image[1] != "img":
            continue
        found += [html[end : image.start()], _image(image[2])]
        end = image.end()
    return [*found, html[end:]]


def drawn(image: Image, address: str) -> str:
    """Return the HTML of an image that is at another address, loaded once a reader comes near it."""
    look = {"width": image.width, "height": image.height, "title": image.title, "align": image.align}
    said = {"src": address, "alt": image.text} | {name: value for name, value in look.items() if value}
    attributes = " ".join(f'{name}="{escape(value)}"' for name, value in said.items())
    return f'<img {attributes} loading="lazy">'


def _image(attributes: str) -> Image:
    said = {name: unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
    look = {name: said.get(name, "") for name in ("width", "height", "title", "align")}
    return Image(said.get("src", ""), said.get("alt", ""), **look)
