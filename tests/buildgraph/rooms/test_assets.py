"""Assets with the real compilers of node_modules, and the collecting of their results."""

import gzip
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.assets import Bundle, bundle_command, collect_command
from buildgraph.rooms.assets.__main__ import hashed, main

ROOT = Path(__file__).parents[3]
NODE = ROOT / ".nodeenv/bin/node"
STYLE = Bundle("style", "static/site.scss", "out/css/site.css")
SCRIPT = Bundle("script", "static/site.js", "out/js/site.js")


def compile(bundle: Bundle) -> subprocess.CompletedProcess[str]:
    node, script, *rest = bundle_command(bundle, str(NODE))
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
    assert json.loads(Path(SCRIPT.reads).read_text())["inputs"] == ["static/part.js", "static/site.js"]
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
            "error: static/site.scss, line 2: Can't find stylesheet to import 'nowhere'. Correct it there.\n",
        ),
        (STYLE, "a { color: \n", "error: static/site.scss, line 1: Expected expression. Correct it there.\n"),
        (
            SCRIPT,
            '\nimport "./nowhere.js";\n',
            'error: static/site.js, line 2: Could not resolve "./nowhere.js". Correct it there.\n',
        ),
        (SCRIPT, "let x = ;\n", 'error: static/site.js, line 1: Unexpected ";". Correct it there.\n'),
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
        "static/_x.scss, line 3: '../images/gone.svg' is referred to, and there is no 'images/gone.svg' in the built files. "
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

    main(collect_command("dist/", {"css": "css", "images": "pictures"})[3:])

    manifest = json.loads(Path("dist/manifest.json").read_text())
    assert set(manifest) == {"css/a.css", "css/a.css.map", "images/p.png"}
    sheet = Path("dist", manifest["css/a.css"])
    assert f"sourceMappingURL={Path(manifest['css/a.css.map']).name}" in sheet.read_text()
    assert gzip.decompress(sheet.with_name(sheet.name + ".gz").read_bytes()) == sheet.read_bytes()
    assert not Path("dist", manifest["images/p.png"] + ".gz").exists()
