"""Descriptions: what people wrote, rendered and sanitized in quarantine; what that ends is shown as it was written.

A reader waits for a free process only shortly: then the text is shown as it was written, and rendered for the next one.
"""

from functools import lru_cache

from markupsafe import Markup

from warehouse import quarantine

REMEMBERED = 256  # rendered descriptions, some tens of kilobytes each
PATIENCE = 0.5  # seconds


def render_description(text: str, content_type: str) -> Markup:
    """Return the description as safe HTML; what cannot be rendered is shown as it was written."""
    try:
        html = _rendered(text, content_type)
    except quarantine.Busy:
        html = None
    if html is None:
        return Markup('<pre class="plain">{}</pre>').format(text)
    return Markup(html)  # noqa: S704 (the renderer sanitized it)


@lru_cache(maxsize=REMEMBERED)
def _rendered(text: str, content_type: str) -> str | None:
    try:
        return quarantine.ask("warehouse.projects.rendering:to_html", text, content_type, patience=PATIENCE)
    except quarantine.TooMuch:
        return None
