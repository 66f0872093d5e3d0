"""Browsers: what pages that are open are told: what is wrong, and what they are to load again."""

from __future__ import annotations

from collections.abc import Callable

from . import relevance
from .console import near
from .digests import Delta
from .editors import link
from .failures import Failure
from .news import News
from .paths import is_application


class Browsers:
    """The open pages of one supervisor, by way of its news."""

    def __init__(
        self, news: News, editor: str, is_serving: Callable[[], bool], is_busy: Callable[[], bool]
    ) -> None:
        self.news = news
        self.editor = editor
        self.is_serving = is_serving
        self.is_busy = is_busy  # with tasks whose results pages wait for
        self.unseen = Delta()

    def refresh(self, delta: Delta) -> None:
        """Have them show what the application reads with each request, once no task makes more of it."""
        self.unseen = self.unseen.and_then(delta)
        if self.is_busy() or not self.unseen:
            return
        delta, self.unseen = self.unseen, Delta()
        if self.is_serving() and relevance.pages(delta):
            self.news.tell("page")
        elif relevance.styles(delta):
            self.news.tell("style")

    def tell_broken(self, failure: Failure) -> None:
        """Have them show what is wrong."""
        self.news.tell("broken", failure=self.shown(failure))

    def shown(self, failure: Failure) -> dict:
        """Return a failure as a page shows it, with links that open the editor."""
        shown = failure.without_values().as_dict()
        for frame in shown["frames"]:
            frame["link"] = link(self.editor, frame["file"], frame["line"])
            frame["place"] = f"{near(frame['file'])}:{frame['line']}"
            frame["is_own"] = is_application(frame["file"])
        return shown
