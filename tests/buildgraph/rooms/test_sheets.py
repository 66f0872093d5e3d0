"""What sheets name: files of places, files next to sheets that are imported, sheets and packages."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.buildgraph.rooms.fronts import STYLE, build, built, front, names, reads, write

PICTURES = replace(STYLE, copied={"images": "pictures/"})


@pytest.fixture(autouse=True)
def static(project: Path) -> Path:
    """A project with the repository's compilers and an empty static folder."""
    return front(project)


def test_names_carry_the_digest_of_the_content_that_is_written():
    write({"pictures/x.svg": "<svg/>", "static/site.scss": "a { background: url(../images/x.svg#top) }\n"})

    sheet = built(PICTURES)["css/site.css"]

    picture = f"images/x.{hashlib.sha256(b'<svg/>').hexdigest()[:12]}.svg"
    assert names()["images/x.svg"] == picture
    assert f"url(../{picture}#top)".encode() in sheet
    assert names()["css/site.css"] == f"css/site.{hashlib.sha256(sheet).hexdigest()[:12]}.css"
    assert Path(names()["css/site.css.map"]).name.encode() in sheet


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64,AA",
        "https://example.org/x.png",
        "HTTPS://example.org/x.png",
        "//example.org/x",
        "#mark",
        "/root.png",
    ],
)
def test_addresses_of_elsewhere_stay(address):
    write({"static/site.scss": f'a {{ background: url("{address}") }}\n'})

    assert address in built(STYLE)["css/site.css"].decode()


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ('url("../images/a b.png")', "a b.png"),
        ("url(../images/a%20b.png)", "a b.png"),
        ("url('../images/a(1).png')", "a(1).png"),
        ("url(../images/a%20b.png?x=1#y)", "a b.png"),
        ("url(../images/100%.png)", "100%.png"),
        ("URL(../images/ü.png)", "ü.png"),
        ('image-set("../images/x.png" 1x)', "x.png"),
        ("image-set(url(../images/x.png) 1x)", "x.png"),
    ],
)
def test_a_file_is_found_however_its_name_is_written(written, file):
    write({f"pictures/{file}": b"x", "static/site.scss": f"a {{ background: {written} }}\n"})

    sheet = built(PICTURES)["css/site.css"].decode()

    stem = Path(names()[f"images/{file}"]).name.split(".")[1]
    assert stem in sheet


def test_a_name_is_decoded_once_and_written_so_that_a_server_finds_it():
    write(
        {
            "pictures/a%20b.png": b"x",
            "pictures/what?.png": b"y",
            "static/site.scss": "a { b: url(../images/a%2520b.png); c: url(../images/what%3F.png) }\n",
        }
    )

    sheet = built(PICTURES)["css/site.css"].decode()

    digests = {
        name: Path(names()[name]).name.split(".")[1] for name in ("images/a%20b.png", "images/what?.png")
    }
    assert f"url(../images/a%2520b.{digests['images/a%20b.png']}.png)" in sheet
    assert f"url(../images/what%3F.{digests['images/what?.png']}.png)" in sheet

    write({"static/site.scss": "a { b: url(../images/a%20b.png) }\n"})
    done = build(PICTURES)
    assert (done.returncode, done.stderr) == (
        1,
        "error: static/site.scss:1:5: '../images/a%20b.png' is referred to, but there is no 'images/a b.png' in the built files. "
        "Add the file, or correct the reference\n",
    )


def test_what_follows_the_name_of_a_file_stays():
    write({"pictures/x.eot": b"x", "static/site.scss": 'a { src: url("../images/x.eot?#iefix") }\n'})

    sheet = built(PICTURES)["css/site.css"].decode()

    assert sheet.startswith("a{src:url(../images/x.") and ".eot?#iefix)}" in sheet


def test_a_sheet_that_another_one_imports_is_bundled_with_it():
    write({"static/site.scss": '@import "print.css";\na { b: c }\n', "static/print.scss": "p { q: r }\n"})

    files = built(replace(STYLE, styles=(*STYLE.styles, "static/print.scss")))

    assert files["css/site.css"].startswith(b"p{q:r}a{b:c}")


@pytest.mark.parametrize("word", ["@import", "@IMPORT"])
def test_a_plain_sheet_next_to_the_entry_comes_with_what_it_names(word):
    write(
        {
            "static/site.scss": f'{word} "theme/look.css";\na {{ b: c }}\n',
            "static/theme/look.css": "p { background: url(faces/x.png) }\n",
            "static/theme/faces/x.png": b"x",
        }
    )

    files = built(STYLE)

    assert files["css/site.files/x.png"] == b"x"
    assert f"url({names()['css/site.files/x.png'].removeprefix('css/')})".encode() in files["css/site.css"]
    assert {"static/theme/look.css", "static/theme/faces/x.png"} <= {*reads("sheets/site")["inputs"]}


def test_a_sheet_of_a_package_comes_with_what_it_names():
    write(
        {
            "own/node_modules/.keep": "",
            "static/node_modules/icons/icons.css": "i { src: url('../icons/font.woff2') }\n",
            "static/node_modules/icons/font.woff2": b"font",
            "static/site.scss": '@import "icons/icons.css";\n',
        }
    )

    assert built(STYLE)["css/site.files/font.woff2"] == b"font"


def test_two_files_of_one_name_that_come_with_a_sheet_are_refused():
    write(
        {
            "static/site.scss": '@import "look.css";\n',
            "static/look.css": "a { b: url(one/x.png) }\nc { d: url(two/x.png) }\n",
            "static/one/x.png": b"1",
            "static/two/x.png": b"2",
        }
    )

    done = build(STYLE)

    assert (done.returncode, done.stderr) == (
        1,
        "error: static/look.css:2:8: 'two/x.png' and another file of the same name are referred to, "
        "and only one of them can be 'css/site.files/x.png'. Rename one of them\n",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a { b: c }\n} }\n", 'error: static/look.css:2:1: Unexpected "}"\n'),
        ('a { b: c }\n@import "late.css";\n', 'error: static/look.css:2:1: All "@import" rules must come first\n'),
        ('\n@import "gone.css";\n', 'error: static/look.css:2:9: Could not resolve "gone.css"\n'),
    ],
)
def test_a_mistake_in_a_sheet_that_is_imported_is_named_with_its_place(text, message):
    write({"static/site.scss": '@import "look.css";\n', "static/look.css": text})

    done = build(STYLE)

    assert (done.returncode, done.stderr) == (1, message)


def test_a_hack_for_browsers_of_old_stays():
    write({"static/site.scss": '@import "look.css";\n', "static/look.css": "a { *zoom: 1 }\n"})

    assert b"*zoom" in built(STYLE)["css/site.css"]


def test_where_a_nearer_sheet_or_package_could_come_to_be_is_told():
    write(
        {
            "static/deep/site.scss": '@import "icons/icons.css";\n',
            "static/node_modules/icons/icons.css": "i { b: c }\n",
        }
    )

    built(replace(STYLE, styles=("static/deep/site.scss",)))

    found = reads("sheets/site")
    assert {"static/deep/icons/icons.css", "static/deep/node_modules/icons"} <= {*found["inputs"]}
    assert {"static/deep/icons", "static/deep/node_modules/icons"} <= {*found["folders"]}


def test_a_sheet_of_ours_that_another_one_imports_looks_next_to_its_own_entry():
    write(
        {
            "static/site.scss": '@import "print.css";\n',
            "static/deep/print.scss": '@import "near.css";\n',
            "static/deep/near.css": "p { q: r }\n",
        }
    )

    files = built(replace(STYLE, styles=(*STYLE.styles, "static/deep/print.scss")))

    assert files["css/site.css"].startswith(b"p{q:r}")
