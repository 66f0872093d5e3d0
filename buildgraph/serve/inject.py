"""Inject: a script tag in a page of HTML, in a way that the page's own policy (CSP) admits. Texts and headers in, texts and headers out.

The script comes from the page's own origin. Its events come from the supervisor's port, so a policy with `connect-src` or `default-src` gets that
added. A policy that admits no script of its own origin, but ones with a nonce, lends its nonce; one that admits none at all stays as it is: there is no script then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from .page import PATH

Headers = list[tuple[str, str]]
POLICY = "content-security-policy"
NONCE = re.compile(r"'(nonce-[A-Za-z0-9+/_=-]+)'")
HEAD = re.compile(rb"<head(\s[^>]*)?>", re.IGNORECASE)
KEPT_BY = ("cache-control", "etag", "expires", "last-modified")
"""A page that a browser has kept would say that it was asked for earlier, and be loaded again for ever; its tag is not the application's either."""
UNTOUCHED = ("204", "206", "304")
WIDE = re.compile(r"charset\s*=\s*[\"']?utf-?(16|32)")
"""Encodings that the tag would not be readable in."""


@dataclass(frozen=True)
class Life:
    """What a page tells the supervisor's news by, whether it is older than they are."""

    generation: int
    """Which life of the application has answered."""
    asked: float
    """When the page was asked for, by the clock that all processes share (`time.monotonic`)."""


def script(life: Life, events: str = "", nonce: str = "") -> str:
    """Return the tag, with the address of the events if it is another one than the page's own."""
    given = {"data-events": events, "nonce": nonce}
    more = "".join(f' {name}="{escape(value)}"' for name, value in given.items() if value)
    return f'<script src="{PATH}client.js" data-generation="{life.generation}" data-asked="{life.asked}"{more}></script>'


class Injection:
    """What is added to one answer."""

    def __init__(self, life: Life, events: str, nonce: str) -> None:
        self.tag = script(life, events, nonce).encode("ascii", "xmlcharrefreplace")

    def into(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield an answer with the tag in its head, or at its end if its first part has none; one without a body (HEAD) stays without."""
        is_done, is_first = False, True
        for chunk in chunks:
            if is_first and chunk:
                is_first = False
                found = HEAD.search(chunk)
                if found:
                    yield chunk[: found.end()] + self.tag + chunk[found.end() :]
                    is_done = True
                    continue
            yield chunk
        if not (is_done or is_first):
            yield self.tag


def applies(status: str, headers: Headers) -> bool:
    """Tell whether an answer is a page that may be added to: HTML that is neither compressed nor a part."""
    found = {name.lower(): value.lower() for name, value in headers}
    kind = found.get("content-type", "")
    is_html = kind.startswith("text/html") and not WIDE.search(kind) and found.get("content-length") != "0"
    is_plain = found.get("content-encoding", "identity") == "identity"
    return is_html and is_plain and not status.startswith(UNTOUCHED) and "attachment" not in found.get("content-disposition", "")  # fmt: skip


def prepared(headers: Headers, life: Life, events: str) -> tuple[Headers, Injection]:
    """Return the headers of a page with the script, which no browser keeps, and the script."""
    origin = events[: -len(f"{PATH}events")]
    nonce = next(
        (found[1] for name, value in headers if name.lower() == POLICY and (found := NONCE.search(value))), ""
    )
    injection = Injection(life, events, nonce.removeprefix("nonce-"))
    changes = {
        "content-length": lambda value: str(int(value) + len(injection.tag)),
        POLICY: lambda value: allowing(value, origin),
    }
    changed = [
        (name, changes.get(name.lower(), str)(value))
        for name, value in headers
        if name.lower() not in KEPT_BY
    ]
    return [*changed, ("Cache-Control", "no-store")], injection


def allowing(policy: str, origin: str) -> str:
    """Return a policy by which a page may listen to an origin, and to no other one than before."""
    directives = [each.strip() for each in policy.split(";") if each.strip()]
    names = [each.split()[0].lower() for each in directives]
    if "connect-src" in names:
        place = names.index("connect-src")
        directives[place] = _with(directives[place], origin)
    elif "default-src" in names:
        default = directives[names.index("default-src")].split()[1:]
        directives.append(_with(" ".join(["connect-src", *default]), origin))
    return "; ".join(directives)


def _with(directive: str, origin: str) -> str:
    return " ".join([*(each for each in directive.split() if each.lower() != "'none'"), origin])
