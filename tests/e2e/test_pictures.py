"""The pictures of the documentation: one is taken anew, all are there, are used, and show what is there today."""

import html
import re
from pathlib import Path

from docs import pictures

from .checkout import HERE, Checkout


def test_the_pictures_are_of_today(checkout: Checkout):
    checkout.run("python3 dodo.py env")

    made, kept = texts(pictures.terminal(checkout, "list")), texts(read("list.svg"))

    assert made[0] == kept[0] == "doit list"
    tasks = checkout.run("doit list --quiet").split()
    assert "serve" in tasks
    for each in (made, kept):
        assert set(tasks) <= set(" ".join(each).split()), "run 'doit docs:pictures'"
    assert "static/sass/warehouse.scss:1:1: Can't find stylesheet" in " ".join(texts(read("failure.svg")))
    for name in pictures.PAGES:
        head = (pictures.FOLDER / f"{name}.png").read_bytes()[:24]
        size = {"width": int.from_bytes(head[16:20]), "height": int.from_bytes(head[20:24])}
        assert head.startswith(b"\x89PNG") and size == pictures.WINDOW, name


def test_every_picture_is_used_and_every_used_one_is_there():
    used = set()
    for page in (HERE / "docs").rglob("*.md"):
        for name in re.findall(r"\]\(([^)]+\.(?:png|svg))\)", page.read_text("utf-8")):
            used.add(Path(page.parent, name).resolve())

    assert used == set(pictures.FOLDER.iterdir())


def read(name: str) -> str:
    return (pictures.FOLDER / name).read_text("utf-8")


def texts(svg: str) -> list[str]:
    """Return the texts of a drawing, its title first."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return [html.unescape(each).replace("\xa0", " ").strip() for each in found]
