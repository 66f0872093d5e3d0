"""Sheets and scripts by the real compilers of node_modules: what they become, what they read, and what is said of mistakes."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.assets import Assets, Settings
from tests.buildgraph.rooms.fronts import BOTH, NONE, ROOT, SCRIPT, STYLE, build, built, front, reads, write


@pytest.fixture
def static(project: Path) -> Path:
    """A project with the repository's compilers and an empty static folder."""
    return front(project)


def test_a_style_is_compiled_and_says_what_it_read(static):
    write(
        {
            "static/_part.scss": "$ink: #123456;\n",
            "static/site.scss": '@use "part";\na { color: part.$ink }\n',
        }
    )

    files = built(STYLE)

    assert b"#123456" in files["css/site.css"]
    assert reads("raw/site.css") == {
        "inputs": ["static/_part.scss", "static/site.scss"],
        "folders": ["static"],
    }
    found = json.loads(files["css/site.css.map"])
    sources = ["static/_part.scss", "static/site.scss"]
    assert (found["sourceRoot"], sorted(found["sources"])) == ("source:///", sources)


def test_a_script_is_bundled_and_says_what_it_read(static):
    write(
        {
            "static/part.js": "export const answer = () => Date.now();\n",
            "static/site.js": 'import { answer } from "./part.js";\nconsole.log(answer());\n',
        }
    )

    files = built(SCRIPT)

    found = reads("js/site.js")
    assert [name for name in found["inputs"] if Path(name).exists()] == [
        "package.json",
        "static/part.js",
        "static/site.js",
    ]
    assert found["folders"] == ["static"]
    assert sorted(json.loads(files["js/site.js.map"])["sources"]) == ["static/part.js", "static/site.js"]


@pytest.mark.parametrize(
    ("assets", "text", "message"),
    [
        (
            STYLE,
            '\n@use "nowhere";\n',
            "error: static/site.scss:2:1: Can't find stylesheet to import 'nowhere'\n",
        ),
        (STYLE, "a { color: \n", "error: static/site.scss:1:12: Expected expression\n"),
        (
            SCRIPT,
            '\nimport "./nowhere.js";\n',
            'error: static/site.js:2:8: Could not resolve "./nowhere.js"\n',
        ),
        (SCRIPT, "let x = ;\n", 'error: static/site.js:1:9: Unexpected ";"\n'),
        (
            STYLE,
            '\n\na { background: url("../images/gone.svg") }\n',
            "error: static/site.scss:3:5: '../images/gone.svg' is referred to, but there is no 'images/gone.svg' in the built files. "
            "Add the file, or correct the reference\n",
        ),
        (
            STYLE,
            'a { b: c }\n\n@import "nowhere.css";\n',
            "error: static/site.scss:3:9: 'nowhere.css' is imported, but there is neither 'static/nowhere.css' nor such a package. "
            "Add the file, or correct the reference\n",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(static, assets, text, message):
    write({(assets.styles or assets.scripts)[0]: text})

    done = build(assets)

    assert (done.returncode, done.stderr) == (1, message)


def test_what_is_published_is_the_same_in_every_checkout(static, tmp_path, monkeypatch):
    write({"static/site.js": "console.log(1);\n", "static/site.scss": "a { margin-left: 1px }\n"})
    assets = replace(BOTH, mirrored=BOTH.styles)
    first = built(assets)
    moved = tmp_path / "deeper/and elsewhere"
    moved.parent.mkdir()
    static.parent.rename(moved)
    monkeypatch.chdir(moved)

    assert built(assets) == first


def test_a_mirrored_sheet_obeys_what_is_said_of_directions(static):
    write({"static/site.scss": "a { margin-left: 1px }\npre { /*rtl:ignore*/ direction: ltr }\n"})

    files = built(replace(STYLE, mirrored=STYLE.styles))

    assert b"margin-left:1px" in files["css/site.css"]
    assert b"margin-right:1px" in files["css/site.rtl.css"] and b"direction:ltr" in files["css/site.rtl.css"]
    assert json.loads(files["css/site.rtl.css.map"])["sources"][0] == "static/site.scss"


def test_a_library_above_the_checkout_is_not_bundled(static):
    library = static.parent.parent / "node_modules/mine"
    library.mkdir(parents=True)
    (library / "index.js").write_text("export default 'mine';\n")
    (static / "site.js").write_text('import mine from "mine";\nconsole.log(mine);\n')

    done = build(SCRIPT)

    assert (done.returncode, done.stderr) == (
        1,
        f"error: '{library / 'index.js'}' is read, which is outside the checkout. "
        "Install it with package.json, or copy it here.\n",
    )


def test_a_library_of_a_linked_node_modules_is_bundled_and_is_among_what_was_read(static):
    library = static.parent.parent / "shared/mine"
    library.mkdir(parents=True)
    write({str(library / "index.js"): "export default 'mine';\n", str(library / "package.json"): "{}"})
    for package in (ROOT / "node_modules").iterdir():
        os.symlink(package, library.parent / package.name)
    (static.parent / "node_modules").unlink()
    os.symlink(library.parent, static.parent / "node_modules")
    (static / "site.js").write_text('import mine from "mine";\nconsole.log(mine);\n')

    assert build(SCRIPT).returncode == 0
    found = reads("js/site.js")["inputs"]
    assert {"node_modules/mine/index.js", "node_modules/mine/package.json", "static/site.js"} <= {*found}
    assert "static/node_modules/mine" in found, "a package that comes there would be found first"


def test_a_style_above_the_checkout_is_not_compiled_in(static):
    (static.parent.parent / "mine.scss").write_text("a { color: red }\n")
    (static / "site.scss").write_text('@use "../../mine";\n')

    done = build(STYLE)

    assert (done.returncode, done.stderr) == (
        1,
        f"error: '{static.parent.parent / 'mine.scss'}' is read, which is outside the checkout. "
        "Install it with package.json, or copy it here.\n",
    )


def test_settings_of_compilers_above_the_checkout_count_for_nothing(static):
    write(
        {
            "static/site.js": "export class A { b = 1 }\nconsole.log(new A, A);\n",
            "static/site.scss": "a { color: red }\n",
        }
    )
    before = built(BOTH)
    settings = {"compilerOptions": {"target": "es5", "useDefineForClassFields": False, "alwaysStrict": True}}
    above = static.parent.parent
    (above / "tsconfig.json").write_text(json.dumps(settings))
    for name in (".browserslistrc", ".sassrc", ".postcssrc", "babel.config.json"):
        (above / name).write_text("{}\n")

    assert built(BOTH) == before


def test_settings_of_the_checkout_count_and_are_said_to_be_read(static):
    (static / "site.js").write_text("console.log(1);\n")
    before = built(SCRIPT)["js/site.js"]
    assert "tsconfig.json" in reads("js/site.js")["inputs"], "it was looked for"
    (static.parent / "tsconfig.json").write_text(json.dumps({"compilerOptions": {"alwaysStrict": True}}))

    after = built(SCRIPT)["js/site.js"]

    assert b'"use strict"' in after != before
    assert "tsconfig.json" in reads("js/site.js")["inputs"]


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("site.scss", "a { color: #111111 }\n", "a { color: #222222 }\n"),
        ("_part.scss", "$ink: #111111;\n", "$ink: #222222;\n"),
        ("site.js", "console.log(111111);\n", "console.log(222222);\n"),
        ("part.js", "export default 111111;\n", "export default 222222;\n"),
    ],
)
def test_an_edit_of_equal_size_and_time_is_compiled(static, name, first, second):
    """No compiler may believe a cache of its own by size and time."""
    assets, kind = (STYLE, "css/site.css") if name.endswith("css") else (SCRIPT, "js/site.js")
    (static / "site.scss").write_text('@use "part";\na { color: part.$ink }\n')
    (static / "site.js").write_text('import part from "./part.js";\nconsole.log(part);\n')
    (static / name).write_text(first)
    assert b"11" in built(assets)[kind]
    before = (static / name).stat()

    (static / name).write_text(second)
    os.utime(static / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = built(assets)[kind]

    assert (static / name).stat().st_size == before.st_size
    assert b"22" in after and b"11" not in after


def test_a_sheet_is_found_in_the_folders_that_are_named_and_where_a_nearer_one_could_be_is_told(static):
    write(
        {
            "static/first/deep/.keep": "",
            "static/second/deep/_part.scss": "$ink: #123456;\n",
            "static/pages/deep/.keep": "",
            "static/pages/site.scss": '@use "deep/part";\na { color: part.$ink }\n',
        }
    )
    settings = Settings(load_paths=("static/first", "static/second"))

    files = built(replace(NONE, styles=("static/pages/site.scss",), settings=settings))

    assert b"#123456" in files["css/site.css"]
    folders = reads("raw/site.css")["folders"]
    assert folders == ["static/first/deep", "static/pages", "static/pages/deep", "static/second/deep"]


def test_what_stands_for_names_in_scripts_is_said_by_settings(static):
    write(
        {
            "static/lib/part.js": 'export const part = "a part";\n',
            "static/globals.js": 'export const $ = "a global";\n',
            "static/site.js": 'import { part } from "@/part.js";\nimport page from "./page.html";\nconsole.log(part, $, MODE, page);\n',
            "static/page.html": "<p>a page</p>",
        }
    )
    settings = Settings(
        aliases={"@": "./static/lib"},
        defines={"MODE": '"a mode"'},
        injected=("static/globals.js",),
        loaders={".html": "text"},
    )

    files = built(replace(SCRIPT, settings=settings))

    for text in (b"a part", b"a global", b"a mode", b"<p>a page</p>"):
        assert text in files["js/site.js"]
    found = reads("js/site.js")["inputs"]
    assert {"static/globals.js", "static/lib/part.js", "static/page.html", "static/site.js"} <= {*found}


def test_an_entry_at_the_top_names_what_could_be_found_in_the_place_of_its_parts(static):
    write({"_part.scss": "$ink: #123456;\n", "site.scss": '@use "part";\na { color: part.$ink }\n'})

    built(replace(NONE, styles=("site.scss",)))

    found = reads("raw/site.css")
    assert found["folders"] == []
    assert {"_part.scss", "site.scss", "part.scss", "part/_index.scss", "part.css"} <= {*found["inputs"]}


def test_a_file_next_to_an_index_could_be_found_before_it(static):
    write(
        {
            "static/deep/parts/_index.scss": "$ink: #123456;\n",
            "static/site.scss": '@use "deep/parts";\na { color: parts.$ink }\n',
        }
    )

    built(STYLE)

    assert reads("raw/site.css")["folders"] == ["static", "static/deep", "static/deep/parts"]


def test_entries_of_one_name_are_told_apart_by_their_folders():
    assets = Assets("dist/", "node", ("a/site.scss", "b/site.scss", "b/print.scss"), ("a/site.js",))

    names = [step.name for step in assets.steps]
    assert [name for name in names if name.startswith(("style", "script"))] == [
        "style:a-site",
        "style:b-site",
        "style:print",
        "script:site",
    ]


@pytest.mark.parametrize("sources", [("a-b/c.js", "x/c.js", "a/b-c.js", "x/b-c.js"), ("site.js", "site.ts")])
def test_entries_that_would_have_one_name_are_refused(sources):
    with pytest.raises(BuildError, match="would both be called"):
        list(replace(NONE, scripts=sources).steps)
