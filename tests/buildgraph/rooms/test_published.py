"""What is published: names that say their content, images, and compressed files."""

import gzip
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.assets import Settings
from tests.buildgraph.rooms.fronts import BOTH, NONE, SCRIPT, build, built, front, names, run, write

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><!-- drawn --><path id="a" d="M 0.000 1.000 L 2.0 2.0"/></svg>\n'


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


HEAD = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", HEAD)
    + chunk(b"IDAT", zlib.compress(b"\0\1\2\3"))
    + chunk(b"IEND", b"")
)


@pytest.fixture(autouse=True)
def static(project: Path) -> Path:
    """A project with the repository's compilers and an empty static folder."""
    return front(project)


def released(assets) -> Path:
    """Build and release, and return the folder."""
    built(assets)
    for step in (*assets.compressing, assets.release):
        done = run(step)
        assert done.returncode == 0, done.stderr
    return Path(assets.released)


def test_a_release_has_compressed_files_next_to_those_that_become_smaller():
    write(
        {
            "static/site.js": "console.log('once, twice, three times');\n" * 9,
            "static/site.scss": "a { b: c }\n",
            "files/text.txt": "words " * 99,
            "files/tiny.txt": "a",
            "files/font.woff2": b"font",
        }
    )
    assets = replace(BOTH, copied={"files": "files/"}, released="release/")

    folder = released(assets)

    assert json.loads((folder / "manifest.json").read_text()) == names()
    script = folder / names()["js/site.js"]
    assert gzip.decompress(Path(f"{script}.gz").read_bytes()) == script.read_bytes()
    assert brotli.decompress(Path(f"{script}.br").read_bytes()) == script.read_bytes()
    endings = {path.name.partition(".")[0] for path in folder.glob("files/*.br")}
    assert endings == {"text"}, "what does not become smaller, and fonts, are left as they are"


def test_levels_are_set_by_ending():
    write({"static/site.js": "console.log(1);\n" * 99})
    settings = Settings(compression={".js": {"gz": 1}})

    folder = released(replace(SCRIPT, released="release/", settings=settings))

    assert [path.name.split(".", 2)[2] for path in folder.glob("js/*.gz")] == ["js.gz"]
    assert not list(folder.rglob("*.br"))


def test_an_encoding_that_is_not_known_is_an_error():
    write({"static/site.js": "console.log(1);\n"})
    assets = replace(SCRIPT, released="release/", settings=Settings(compression={".js": {"zip": 1}}))
    built(assets)

    done = run(assets.compressing[0])

    assert (done.returncode, done.stderr) == (1, "error: 'zip' is not a known encoding. Known are gz, br.\n")


def test_a_drawing_is_made_smaller_and_keeps_its_identifiers_and_a_picture_gets_a_smaller_form():
    write({"static/images/a.svg": DRAWING, "static/images/deep/b.png": PIXEL, "static/images/c.ico": b"icon"})

    files = built(replace(NONE, images={"images": "static/images/"}))

    assert sorted(files) == ["images/a.svg", "images/c.ico", "images/deep/b.png", "images/deep/b.webp"]
    assert b"drawn" not in files["images/a.svg"] and b'id="a"' in files["images/a.svg"]
    assert files["images/deep/b.png"] == PIXEL
    assert files["images/deep/b.webp"][8:12] == b"WEBP"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.svg", " \n", "error: static/images/a.svg:1:1: it is empty, and not a drawing\n"),
        (
            "a.svg",
            b"<svg>" + b" " * 5_000_000,
            "error: static/images/a.svg: it has 5 MB, and a drawing may have 4. Save it as a picture, or put it into a folder of 'copied'\n",
        ),
        ("a.svg", "<svg><a></svg>", "error: static/images/a.svg:1:14: Unexpected close tag\n"),
        (
            "b.png",
            b"not a picture",
            "error: static/images/b.png: it cannot be read as a picture: Input file contains unsupported image format\n",
        ),
    ],
)
def test_an_image_that_cannot_be_read_is_named(name, content, message):
    write({f"static/images/{name}": content})

    done = build(replace(NONE, images={"images": "static/images/"}))

    assert (done.returncode, done.stderr) == (1, message)


def test_two_files_of_one_name_are_refused():
    write({"one/x.txt": "1", "static/images/x.txt": "2"})

    done = build(replace(NONE, images={"files": "static/images/"}, copied={"files": "one/"}))

    assert (done.returncode, done.stderr) == (
        1,
        "error: 'static/images/x.txt' and 'one/x.txt' would both be published as 'files/x.txt'. "
        "Rename one of them, or give one of their folders another place.\n",
    )


@pytest.mark.parametrize("place", ["css", "js", "js/deep", "manifest.json", "/abs", "../up", ".", "a/../../b", ""])
@pytest.mark.parametrize("kind", ["copied", "images"])
def test_what_is_copied_hides_nothing_and_stays_inside(place, kind):
    with pytest.raises(BuildError, match="cannot be the place of what is published"):
        list(replace(NONE, **{kind: {place: "static/"}}).steps)


def test_what_compiles_is_named():
    with pytest.raises(BuildError, match="have no node that compiles them"):
        list(replace(SCRIPT, node="").steps)


def test_two_pictures_of_one_smaller_form_are_refused():
    write({"static/images/b.png": PIXEL, "static/images/b.jpg": PIXEL})

    with pytest.raises(BuildError) as caught:
        list(replace(NONE, images={"images": "static/images/"}).steps)

    assert (
        str(caught.value)
        == "'static/images/b.jpg' and 'static/images/b.png' would both become 'images/b.webp'. Rename one of them."
    )


@pytest.mark.parametrize(("name", "shown", "mark"), [("a*b.svg", "a*b.svg", "*"), ("a\nb.svg", "a\\nb.svg", "\\n")])
def test_a_name_that_a_task_cannot_have_is_refused(name, shown, mark):
    write({f"static/images/{name}": DRAWING})

    with pytest.raises(BuildError) as caught:
        list(replace(NONE, images={"images": "static/images/"}).steps)

    assert (
        str(caught.value)
        == f"'static/images/{shown}' cannot be built: its name has '{mark}' in it. Rename it: such names stand for others."
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"mirrored": ("static/gone.scss",)},
            "'static/gone.scss' of 'mirrored' is not one of the styles. Name it in 'styles', too, or correct it.",
        ),
        (
            {"linked": {"static/gone.js": {}}},
            "'static/gone.js' of 'linked' is not one of the scripts. Name it in 'scripts', too, or correct it.",
        ),
    ],
)
def test_what_is_said_of_an_entry_that_there_is_not_is_refused(said, message):
    with pytest.raises(BuildError) as caught:
        list(replace(BOTH, **said).steps)

    assert str(caught.value) == message
