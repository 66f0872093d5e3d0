"""Images of descriptions: where they are loaded from.

Pages load nothing from elsewhere, so that nobody learns who reads what: an image on another host is shown by its text or,
where there is a proxy (services/camo), loaded from that. Its addresses are signed here and not where descriptions are
rendered: the quarantine, which reads what strangers wrote, has no key.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from markupsafe import escape

from readme_images import Image, drawn, signing
from warehouse.settings import Settings

MOST = 500  # images of one description; the ones after that are shown by their text
ELSEWHERE = re.compile(r"(?ai:https?)://[^\s\x00-\x20\x7f\\]+")  # ASCII: "ſ" is not an "s"


@dataclass(frozen=True)
class Images:
    """How images are shown."""

    proxy: str = ""  # its origin; without it there is none
    key: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What tells pages with these images from pages with others."""
        return f"{self.proxy} {signing.fingerprint(self.key)}" if self.proxy else ""

    def placed(self, parts: list[Any]) -> str:
        """Return the HTML of a description in parts: HTML, an image as its texts, HTML, …"""
        return "".join(
            self._html(Image(*part), place // 2) if place % 2 else part for place, part in enumerate(parts)
        )

    def _html(self, image: Image, number: int) -> str:
        if self.proxy and number < MOST and _is_elsewhere(image.address):
            return drawn(image, signing.signed(self.proxy, self.key, image.address))
        return f'<span class="image-elsewhere">{escape(image.text or "image")}</span>'


AS_TEXT = Images()


def _is_elsewhere(address: str) -> bool:
    return bool(ELSEWHERE.fullmatch(address)) and len(address.encode()) <= signing.LONGEST


def images_of(settings: Settings) -> Images:
    """Return how the application shows images."""
    return Images(settings.camo, settings.camo_key)
