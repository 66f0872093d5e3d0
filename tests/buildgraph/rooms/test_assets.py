"""Assets with the real compilers of node_modules, and the collecting of their results."""

import gzip
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.assets import Assets, Bundle, Collection, Settings
from buildgraph.rooms.assets.collect import collect, hashed

ROOT = Path(__file__).parents[3]
NODE = ROOT / ".nodeenv/bin/node"
STYLE = Bundle("style", "static/site.scss", "out/css/site.css", str(NODE))
SCRIPT = Bundle("script", "static/site.js", "out/js/site.js", str(NODE))


def compile(bundle: Bundle) -> subprocess.CompletedProcess[str]:
    node, script, *rest = bundle.compile
    return subprocess.run([node, str(ROOT / script), *rest], capture_output=True, text=True)


@pytest.fixture
def static(project: Path) -> Path:
    """A project with the repository's compilers and an empty static folder."""
    (project / "package.json").write_text("{}")
    os.symlink(ROOT / "node_modules", project / "node_modules")
    (project / "static").mkdir()
    return project / "static"


def test_a_style_is_compiled_and_says_what_it_read(static):
    (static / "_part.scss").write_text("$ink: #123456;\n")
    (static / "site.scss").write_text('@use "part";\na { color: part.$ink }\n')

    done = compile(STYLE)

    assert done.returncode == 0, done.stderr
    assert "#123456" in Path(STYLE.output).read_text()
    assert json.loads(Path(STYLE.reads).read_text()) == {
        "inputs": ["static/_part.scss", "static/site.scss"],
        "folders": ["static"],
    }
    assert sorted(json.loads(Path(f"{STYLE.output}.map").read_text())["sources"]) == [
        "static/_part.scss",
        "static/site.scss",
    ]


def test_a_script_is_bundled_and_says_what_it_read(static):
    (static / "part.js").write_text("export const answer = () => Date.now();\n")
    (static / "site.js").write_text('import { answer } from "./part.js";\nconsole.log(answer());\n')

    done = compile(SCRIPT)

    assert done.returncode == 0, done.stderr
    assert json.loads(Path(SCRIPT.reads).read_text())["inputs"] == [
        "package.json",
        "static/part.js",
        "static/site.js",
    ]
    assert sorted(json.loads(Path(f"{SCRIPT.output}.map").read_text())["sources"]) == [
        "static/part.js",
        "static/site.js",
    ]


@pytest.mark.parametrize(
    ("bundle", "text", "message"),
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
    ],
)
def test_a_mistake_is_named_with_file_and_line(static, bundle, text, message):
    Path(bundle.source).write_text(text)

    done = compile(bundle)

    assert (done.returncode, done.stderr) == (1, message)


def test_a_compiled_file_is_the_same_in_every_checkout(static, tmp_path, monkeypatch):
    (static / "site.js").write_text("console.log(1);\n")
    (static / "site.scss").write_text("a { color: red }\n")
    compile(SCRIPT), compile(STYLE)
    first = {path.name: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    moved = tmp_path / "deeper/and elsewhere"
    moved.parent.mkdir()
    static.parent.rename(moved)
    monkeypatch.chdir(moved)
    compile(SCRIPT), compile(STYLE)

    assert {path.name: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == first


def test_names_carry_the_digest_of_the_content_that_is_written():
    named = hashed({"css/a.css": b"a{background:url(../images/x.svg#top)}", "images/x.svg": b"<svg/>"})

    picture = f"images/x.{hashlib.sha256(b'<svg/>').hexdigest()[:12]}.svg"
    assert named["images/x.svg"] == (picture, b"<svg/>")
    path, content = named["css/a.css"]
    assert content == f"a{{background:url(../{picture}#top)}}".encode()
    assert path == f"css/a.{hashlib.sha256(content).hexdigest()[:12]}.css"


@pytest.mark.parametrize(
    "address", ["data:image/png;base64,AA", "https://example.org/x.png", "//example.org/x", "#mark"]
)
def test_addresses_of_elsewhere_stay(address):
    text = f"a{{b:url({address})}}".encode()

    assert hashed({"css/a.css": text})["css/a.css"][1] == text


def test_a_reference_to_a_missing_file_is_named_in_its_source():
    source = {
        "sources": ["static/_x.scss"],
        "sourcesContent": ['\n\na { background: url("../images/gone.svg") }\n'],
    }
    files = {
        "css/a.css": b"a{background:url(../images/gone.svg)}",
        "css/a.css.map": json.dumps(source).encode(),
    }

    with pytest.raises(BuildError) as caught:
        hashed(files)
    assert str(caught.value) == (
        "static/_x.scss, line 3: '../images/gone.svg' is referred to, but there is no 'images/gone.svg' in the built files. "
        "Add the file, or correct the reference."
    )


def test_the_folder_holds_every_file_its_compressed_form_and_the_manifest(project):
    for name, text in {
        "css/a.css": "a{}\n/*# sourceMappingURL=a.css.map */",
        "css/a.css.map": "{}",
        "pictures/p.png": "png",
    }.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)

    collect(Collection({"css": "css", "images": "pictures"}), Path("dist"))

    manifest = json.loads(Path("dist/manifest.json").read_text())
    assert set(manifest) == {"css/a.css", "css/a.css.map", "images/p.png"}
    sheet = Path("dist", manifest["css/a.css"])
    assert f"sourceMappingURL={Path(manifest['css/a.css.map']).name}" in sheet.read_text()
    assert gzip.decompress(sheet.with_name(sheet.name + ".gz").read_bytes()) == sheet.read_bytes()
    assert not Path("dist", manifest["images/p.png"] + ".gz").exists()


def test_a_library_above_the_checkout_is_not_bundled(static):
    library = static.parent.parent / "node_modules/mine"
    library.mkdir(parents=True)
    (library / "index.js").write_text("export default 'mine';\n")
    (static / "site.js").write_text('import mine from "mine";\nconsole.log(mine);\n')

    done = compile(SCRIPT)

    assert (done.returncode, done.stderr) == (
        1,
        f"error: '{library / 'index.js'}' is read, which is outside the checkout. "
        "Install it with package.json, or copy it here.\n",
    )


def test_a_library_of_a_linked_node_modules_is_bundled(static):
    library = static.parent.parent / "shared/mine"
    library.mkdir(parents=True)
    (library / "index.js").write_text("export default 'mine';\n")
    for package in (ROOT / "node_modules").iterdir():
        os.symlink(package, library.parent / package.name)
    (static.parent / "node_modules").unlink()
    os.symlink(library.parent, static.parent / "node_modules")
    (static / "site.js").write_text('import mine from "mine";\nconsole.log(mine);\n')

    assert compile(SCRIPT).returncode == 0
    assert json.loads(Path(SCRIPT.reads).read_text())["inputs"] == ["package.json", "static/site.js"]


def test_a_style_above_the_checkout_is_not_compiled_in(static):
    (static.parent.parent / "mine.scss").write_text("a { color: red }\n")
    (static / "site.scss").write_text('@use "../../mine";\n')

    done = compile(STYLE)

    assert (done.returncode, done.stderr) == (
        1,
        f"error: '{static.parent.parent / 'mine.scss'}' is read, which is outside the checkout. "
        "Install it with package.json, or copy it here.\n",
    )


def test_settings_of_compilers_above_the_checkout_count_for_nothing(static):
    (static / "site.js").write_text(
        "export class A { b = 1 }\nconsole.log(<a/>, A);\n".replace("<a/>", "new A")
    )
    (static / "site.scss").write_text("a { color: red }\n")
    compile(SCRIPT), compile(STYLE)
    before = Path(SCRIPT.output).read_text(), Path(STYLE.output).read_text()
    settings = {"compilerOptions": {"target": "es5", "useDefineForClassFields": False, "alwaysStrict": True}}
    above = static.parent.parent
    (above / "tsconfig.json").write_text(json.dumps(settings))
    for name in (".browserslistrc", ".sassrc", ".postcssrc", "babel.config.json"):
        (above / name).write_text("{}\n")

    compile(SCRIPT), compile(STYLE)

    assert (Path(SCRIPT.output).read_text(), Path(STYLE.output).read_text()) == before


def test_settings_of_the_checkout_count_and_are_said_to_be_read(static):
    (static / "site.js").write_text("console.log(1);\n")
    compile(SCRIPT)
    before = Path(SCRIPT.output).read_text()
    (static.parent / "tsconfig.json").write_text(json.dumps({"compilerOptions": {"alwaysStrict": True}}))

    compile(SCRIPT)

    assert '"use strict"' in Path(SCRIPT.output).read_text() != before
    assert json.loads(Path(SCRIPT.reads).read_text())["inputs"] == [
        "package.json",
        "static/site.js",
        "tsconfig.json",
    ]


@pytest.mark.parametrize(
    ("bundle", "name", "first", "second"),
    [
        (STYLE, "site.scss", "a { color: #111111 }\n", "a { color: #222222 }\n"),
        (STYLE, "_part.scss", "$ink: #111111;\n", "$ink: #222222;\n"),
        (SCRIPT, "site.js", "console.log(111111);\n", "console.log(222222);\n"),
        (SCRIPT, "part.js", "export default 111111;\n", "export default 222222;\n"),
    ],
)
def test_an_edit_of_equal_size_and_time_is_compiled(static, bundle, name, first, second):
    """No compiler may believe a cache of its own by size and time."""
    (static / "site.scss").write_text('@use "part";\na { color: part.$ink }\n')
    (static / "site.js").write_text('import part from "./part.js";\nconsole.log(part);\n')
    (static / name).write_text(first)
    compile(bundle)
    assert "111" in Path(bundle.output).read_text()
    before = (static / name).stat()

    (static / name).write_text(second)
    os.utime(static / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    compile(bundle)

    assert (static / name).stat().st_size == before.st_size
    assert "222" in Path(bundle.output).read_text() and "111" not in Path(bundle.output).read_text()


@pytest.mark.parametrize("reference", ["url(b.css)", '"b.css"'])
def test_a_sheet_that_another_one_imports_is_named_first(reference):
    named = hashed({"css/a.css": f"@import {reference} print;".encode(), "css/b.css": b"b{}"})

    assert named["css/b.css"][0].removeprefix("css/").encode() in named["css/a.css"][1]


def test_an_import_that_nothing_answers_is_an_error_and_no_text_of_a_sheet(static):
    (static / "site.scss").write_text('a { b: c }\n\n@import "nowhere.css";\n')
    assert compile(STYLE).returncode == 0
    Path("dist").mkdir()

    with pytest.raises(BuildError) as caught:
        collect(Collection({"css": "out/css"}), Path("dist"))
    assert str(caught.value).startswith(
        "static/site.scss, line 3: 'nowhere.css' is referred to, but there is no 'css/nowhere.css' in the built files."
    )


def test_sheets_that_import_each_other_are_an_error():
    with pytest.raises(BuildError, match="refers back to"):
        hashed({"css/a.css": b'@import "b.css";', "css/b.css": b'@import "a.css";'})


def test_what_follows_the_name_of_a_file_stays():
    content = hashed({"css/a.css": b'a{b:url("x.eot?#iefix")}', "css/x.eot": b"x"})["css/a.css"][1]

    assert content.startswith(b"a{b:url(x.") and content.endswith(b".eot?#iefix)}")


def test_a_sheet_is_found_in_the_folders_that_are_named_and_where_a_nearer_one_could_be_is_told(static):
    for name, text in {
        "first/deep/.keep": "",
        "second/deep/_part.scss": "$ink: #123456;\n",
        "pages/deep/.keep": "",
    }.items():
        (static / name).parent.mkdir(parents=True)
        (static / name).write_text(text)
    entry = static / "pages/site.scss"
    entry.write_text('@use "deep/part";\na { color: part.$ink }\n')
    settings = Settings(load_paths=("static/first", "static/second"))
    style = Bundle("style", "static/pages/site.scss", "out/css/site.css", str(NODE), settings)

    done = compile(style)

    assert done.returncode == 0, done.stderr
    assert "#123456" in Path(style.output).read_text()
    folders = json.loads(Path(style.reads).read_text())["folders"]
    assert folders == ["static/first/deep", "static/pages", "static/pages/deep", "static/second/deep"]


def test_what_stands_for_names_in_scripts_is_said_by_settings(static):
    (static / "lib").mkdir()
    (static / "lib/part.js").write_text('export const part = "a part";\n')
    (static / "globals.js").write_text('export const $ = "a global";\n')
    (static / "site.js").write_text(
        'import { part } from "@/part.js";\nimport page from "./page.html";\nconsole.log(part, $, MODE, page);\n'
    )
    (static / "page.html").write_text("<p>a page</p>")
    settings = Settings(
        aliases={"@": "./static/lib"},
        defines={"MODE": '"a mode"'},
        injected=("static/globals.js",),
        loaders={".html": "text"},
    )

    done = compile(Bundle("script", "static/site.js", "out/js/site.js", str(NODE), settings))

    assert done.returncode == 0, done.stderr
    for text in ("a part", "a global", "a mode", "<p>a page</p>"):
        assert text in Path(SCRIPT.output).read_text()
    inputs = json.loads(Path(SCRIPT.reads).read_text())["inputs"]
    assert inputs == [
        "package.json",
        "static/globals.js",
        "static/lib/part.js",
        "static/page.html",
        "static/site.js",
    ]


def test_entries_of_one_name_are_told_apart_by_their_folders():
    assets = Assets("dist/", "node", ("a/site.scss", "b/site.scss", "b/print.scss"), ("a/site.js",), {})

    assert [bundle.name for bundle in assets.bundles] == [
        "style:a-site",
        "style:b-site",
        "style:print",
        "script:site",
    ]
    assert len({bundle.output for bundle in assets.bundles}) == 4


@pytest.mark.parametrize("sources", [("a-b/c.js", "x/c.js", "a/b-c.js", "x/b-c.js"), ("site.js", "site.ts")])
def test_entries_that_would_have_one_name_are_refused(sources):
    with pytest.raises(BuildError, match="would both be called"):
        Assets("dist/", "node", (), sources, {}).bundles  # noqa: B018


def test_a_name_with_a_blank_stays_in_quotes():
    content = hashed({"css/a.css": b'a{b:url("../images/a b.png")}', "images/a b.png": b"x"})["css/a.css"][1]

    assert content.startswith(b'a{b:url("../images/a b.') and content.endswith(b'.png")}')


@pytest.mark.parametrize("place", ["css", "js", "/abs", "../up", ".", "a/../../b", ""])
def test_what_is_copied_hides_nothing_and_stays_inside(place):
    with pytest.raises(BuildError, match="cannot be the place of what is copied"):
        Assets("dist/", "node", (), (), {place: "static/"}).collect  # noqa: B018
