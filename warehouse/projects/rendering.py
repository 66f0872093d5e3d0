"""Rendering: descriptions to sanitized HTML, in the process of the quarantine, which alone imports the renderers.

Images are handed out apart from the HTML around them: what becomes of them (`images`) is not the quarantine's to know.
"""

import re
from dataclasses import astuple
from email.message import Message

from readme_renderer import markdown, rst

from readme_images import parts

EMPTY_LINK = re.compile(r'<a href="#[^"]*"(?: [a-z]+="[^"]*")*></a>')  # beside headings; nothing to read
CODE_LANGUAGE = re.compile(r'<pre lang="[^"]*">')  # of the code; for screen readers it names a human language


def to_parts(text: str, content_type: str) -> list[str | tuple[str, ...]] | None:
    """Return safe HTML in parts, each second one an image's texts; None for what can only be shown as it was written.

    An absent content type means reStructuredText (core metadata, Description-Content-Type).
    """
    header = Message()
    header["Content-Type"] = content_type or "text/x-rst"
    html = _render(text, header.get_content_type(), str(header.get_param("variant", "GFM")))
    if html is None:
        return None
    html = CODE_LANGUAGE.sub("<pre>", EMPTY_LINK.sub("", html))
    return [part if isinstance(part, str) else astuple(part) for part in parts(html)]


def _render(text: str, content_type: str, variant: str) -> str | None:
    if content_type == "text/markdown":
        return markdown.render(text, variant="CommonMark" if variant == "CommonMark" else "GFM")
    if content_type == "text/x-rst":
        return rst.render(text)
    return None
