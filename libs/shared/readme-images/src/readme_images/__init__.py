"""Images of READMEs, found in sanitized HTML and replaced."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

__all__ = ["Image", "replaced"]

# Serialized attributes never hold a bare '"', so this cannot end inside one.
IMAGE = re.compile(r'<img((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@dataclass(frozen=True)
class Image:
    """An image as a page says it: its address, and the text that stands for it, "" if there is none."""

    address: str
    text: str


def replaced(html: str, replacement: Callable[[Image], str]) -> str:
    """Return sanitized HTML with each of its images replaced by what is returned for it, which is HTML, too."""

    def of(found: re.Match[str]) -> str:
        attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(found[1])}
        return replacement(Image(attributes.get("src", ""), attributes.get("alt", "")))

    return IMAGE.sub(of, html)
