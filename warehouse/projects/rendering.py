"""Rendering: descriptions to sanitized HTML, in the process of the quarantine, which alone imports the renderers.

Images from other hosts are replaced by their alternative text: the pages load nothing from elsewhere, so that nobody
learns who reads what.
"""

import re
from email.message import Message

from markupsafe import escape
from readme_renderer import markdown, rst

from readme_images import Image, replaced

EMPTY_LINK = re.compile(r'<a href="#[^"]*"(?: [a-z]+="[^"]*")*></a>')  # beside headings; nothing to read
CODE_LANGUAGE = re.compile(r'<pre lang="[^"]*">')  # of the code; for screen readers it names a human language


def to_html(text: str, content_type: str) -> str | None:
    """Return safe HTML; None for what can only be shown as it was written.

    An absent content type means reStructuredText (core metadata, Description-Content-Type).
    """
    header = Message()
    header["Content-Type"] = content_type or "text/x-rst"
    html = _render(text, header.get_content_type(), str(header.get_param("variant", "GFM")))
    if html is None:
        return None
    html = CODE_LANGUAGE.sub("<pre>", EMPTY_LINK.sub("", html))
    return replaced(html, _without_foreign_image)


def _render(text: str, content_type: str, variant: str) -> str | None:
    if content_type == "text/markdown":
        return markdown.render(text, variant="CommonMark" if variant == "CommonMark" else "GFM")
    if content_type == "text/x-rst":
        return rst.render(text)
    return None


def _without_foreign_image(image: Image) -> str:
    return f'<span class="image-elsewhere">{escape(image.text or "image")}</span>'
