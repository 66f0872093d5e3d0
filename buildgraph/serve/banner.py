"""Banner: what a person is told once, when the application answers for the first time."""

from __future__ import annotations

from collections.abc import Mapping

END = "Ctrl-C ends it"


def text(banner: Mapping[str, str], url: str, *, is_apart: bool = False) -> str:
    """Return the lines, names in one column; what begins with "/" is a page of the application at `url`.

    What is served apart, by a supervisor of another one, is not ended by a key.
    """
    width = max(map(len, banner), default=0)
    lines = [
        f"  {name:{width}}  {url + said if said.startswith('/') else said}" for name, said in banner.items()
    ]
    return "\n".join([*lines, *([] if is_apart else [f"  {END}"])])
