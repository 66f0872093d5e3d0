"""Descriptions: what people wrote, rendered once by a job, in quarantine, and stored as safe HTML.

A page shows what is stored and computes nothing. What is not rendered yet, or cannot be within the limits, is shown as
it was written. Each description carries by what it was rendered; a worker that starts with another renderer, or another
place for images, has them all rendered again.
"""

import hashlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import quarantine
from warehouse.projects.images import AS_TEXT, Images
from warehouse.projects.models import Release

OWN = ("rendering.py", "images.py")
LIBRARIES = ("readme-renderer", "docutils", "comrak", "nh3", "pygments")
LONGEST_HTML = 4 * 1024 * 1024  # characters; the text has half of that at most
BATCH = 20  # releases of one job


def shown(release: Release) -> Markup:
    """Return the description of a release as a page shows it."""
    if release.description_html is None:
        return Markup('<pre class="plain">{}</pre>').format(release.description)
    return Markup(release.description_html)  # noqa: S704 (the renderer sanitized it)


def render(text: str, content_type: str, images: Images = AS_TEXT) -> str | None:
    """Return safe HTML; None for what can only be shown as it was written. Raises quarantine.Busy."""
    try:
        parts = quarantine.ask("warehouse.projects.rendering:to_parts", text, content_type)
    except quarantine.TooMuch:
        return None
    html = parts and images.placed(parts)
    return html if html is None or len(html) <= LONGEST_HTML else None


@lru_cache(maxsize=2)
def renderer(images: Images = AS_TEXT) -> str:
    """Return what renders: our own modules, by their content, the libraries, and where images are."""
    own = b"".join(Path(__file__).with_name(name).read_bytes() for name in OWN)
    digest = hashlib.sha256(own).hexdigest()[:16]
    return " ".join([digest, *(f"{name} {version(name)}" for name in LIBRARIES), images.name]).strip()


def render_stale(session: Session, images: Images = AS_TEXT) -> bool:
    """Render descriptions that nothing, or another renderer, has; tell whether there may be more.

    No row is locked while the renderer works, so a description that has changed meanwhile keeps waiting.
    """
    stale = select(Release.id, Release.description, Release.description_content_type).where(
        Release.description != "", Release.rendered_by.is_distinct_from(renderer(images))
    )
    found = session.execute(stale.order_by(Release.id.desc()).limit(BATCH)).all()
    rendered = [(number, text, render(text, content_type, images)) for number, text, content_type in found]
    for number, text, html in rendered:
        same = update(Release).where(Release.id == number, Release.description == text)
        session.execute(same.values(description_html=html, rendered_by=renderer(images)))
    return len(found) == BATCH
