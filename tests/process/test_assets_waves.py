"""What an edit of the assets makes: what depends on it and nothing else, and no more once something comes out equal."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from bench.assets import edits, small

pytestmark = pytest.mark.skipif(
    not ((small.ROOT / ".nodeenv").exists() and (small.ROOT / "node_modules/esbuild").exists()),
    reason="needs node and npm's packages ('doit node')",
)
CATALOG = "locale/de/LC_MESSAGES/messages.po"
PUBLISHED = {"assets:dist", "assets:release"}
SHEETS = {"style:site", "mirrored:site", "sheet:site", "sheet:site.rtl"}
GERMAN = {"catalogs:de", "assets:linked:site.de", "encoded:js/site.de.js"}


def made(done: subprocess.CompletedProcess[str]) -> set[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    return set(re.findall(r"^made +(\S+)", done.stdout, re.MULTILINE))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> edits.Place:
    """A project that is built."""
    folder = tmp_path_factory.mktemp("waves")
    place = edits.Place(folder / "one", folder / "cache", edits.OWN, 0o022)
    place.lay(small.sources())
    made(place.run("--no-cache"))
    return place


@pytest.mark.parametrize(
    ("name", "old", "new", "tasks"),
    [
        (
            "static/sass/parts/_card.scss",
            b"padding: 1px",
            b"padding: 9px",
            {f"assets:{step}" for step in SHEETS}
            | {"encoded:sheets/site", "encoded:sheets/site.rtl"}
            | PUBLISHED,
        ),
        (
            "static/sass/parts/_card.scss",
            b".card",
            b"// said\n.card",
            {"assets:style:site", "assets:mirrored:site"},
        ),
        (CATALOG, b'"de day"', b'"de Tag"', GERMAN | PUBLISHED),
        (CATALOG, b'"de page"', b'"de Seite"', {"catalogs:de"}),
        (
            "static/images/c.svg",
            b"3.0 2.0",
            b"4.0 2.0",
            {"assets:image:images/c.svg", "encoded:images/c.svg"} | PUBLISHED,
        ),
        ("static/images/c.svg", b"drawn", b"a drawing", {"assets:image:images/c.svg"}),
    ],
    ids=[
        "partial",
        "comment of a partial",
        "message of scripts",
        "message of pages",
        "drawing",
        "comment of a drawing",
    ],
)
def test_an_edit_makes_what_depends_on_it(place, name, old, new, tasks):
    files = small.sources()
    assert old in files[name]
    place.lay({**files, name: files[name].replace(old, new)})

    found = made(place.run("--no-cache"))

    place.lay(files)
    made(place.run("--no-cache"))
    maps = {
        "assets:sheet:site",
        "assets:sheet:site.rtl",
        "encoded:sheets/site",
        "encoded:sheets/site.rtl",
    } | PUBLISHED
    assert found - maps == tasks - maps, "their maps hold the sources" if b"//" in new else ""
    assert b"//" in new or found == tasks


def test_touching_all_sources_makes_nothing_and_starts_no_node(place):
    for name in place.files:
        (place.top / name).touch()
    logs = place.top / ".buildgraph/logs"
    for log in logs.glob("worker-*"):
        log.unlink()

    done = place.run("--reporter=json")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events if event["event"] == "succeeded"] == []
    assert list(logs.glob("worker-*")) == []


def test_a_script_makes_all_languages_and_one_map(place):
    files = small.sources()
    name = "static/js/util.js"
    place.lay({**files, name: files[name].replace(b'"util"', b'"used"')})

    found = made(place.run("--no-cache"))

    place.lay(files)
    assert found == {
        "assets:script:site",
        *(f"assets:linked:site.{code}" for code in ("en", "de")),
        *(f"encoded:js/site.{code}.js" for code in ("en", "de")),
        "encoded:js/site.js.map",
        *PUBLISHED,
    }
