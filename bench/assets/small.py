"""Small: a project with one of everything that the assets know: it builds in seconds, and its files are values that a test edits."""

import random
import shutil
from pathlib import Path

from bench.assets.project import picture

ROOT = Path(__file__).parents[2]
PACKAGES = ("sass-embedded", "postcss", "rtlcss", "esbuild", "svgo", "sharp")
TARGETS = ("assets", "assets:release")
RESULTS = ("dist", "release")

GRAPH = '''"""The graph of a small project."""
from buildgraph import bootstrap

bootstrap.hand_over(__file__, __name__)

from buildgraph import rule  # noqa: E402
from buildgraph.rooms import assets, catalogs  # noqa: E402

CODES = ("en", "de")
STYLES = ("static/sass/site.scss", "static/sass/plain.css")
SCRIPTS = ("static/js/site.js",)
MODULES = ("static/js/words.js", "static/js/more.js")
CATALOGS = catalogs.Catalogs("messages", "locale", CODES, {}, python=".venv/bin/python", scripts=".buildgraph/catalogs/")
SITE = assets.Assets(
    into="dist/",
    node=".nodeenv/bin/node",
    styles=STYLES,
    mirrored=STYLES[:1],
    scripts=SCRIPTS,
    modules=MODULES,
    linked={"static/js/site.js": CATALOGS.messages},
    images={"images": "static/images/"},
    copied={"fonts": "static/fonts/"},
    released="release/",
    settings=assets.Settings(load_paths=("static/vendor",)),
)


def task_catalogs():
    """Compile the catalogs."""
    yield from catalogs.tasks(CATALOGS, (), needs=())


def task_assets():
    """Compile the site."""
    yield from assets.tasks(SITE, ["package.json"])
'''
PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {0}\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
PO += '#: static/js/site.js\nmsgid "day"\nmsgid_plural "days"\nmsgstr[0] "{0} day"\nmsgstr[1] "{0} days"\n\n#: page.html\nmsgid "page"\nmsgstr "{0} page"\n'
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><!-- drawn --><path id="a" d="M 0.000 1.000 L {}.0 2.0"/></svg>\n'


def sources() -> dict[str, bytes]:
    """Return name -> content of the project's files."""
    draw = random.Random(5)
    texts = {
        "dodo.py": GRAPH,
        "package.json": "{}\n",
        ".gitignore": "/.buildgraph\n/dist\n/release\n*.mo\n",
        "static/sass/_tokens.scss": "$ink: #123456;\n@mixin wide { @media (min-width: 800px) { @content; } }\n",
        "static/sass/parts/_button.scss": '@use "../tokens";\n.button { color: tokens.$ink; margin-left: 3px; @include tokens.wide { float: left } }\n',
        "static/sass/parts/_card.scss": '.card { padding: 1px 2px 3px 4px; background: url("../images/a.svg") }\n',
        "static/vendor/lib/_grid.scss": ".grid { display: grid }\n",
        "static/sass/site.scss": '@use "parts/button";\n@use "parts/card";\n@use "lib/grid";\npre { /*rtl:ignore*/ direction: ltr }\n'
        '@font-face { font-family: F; src: url("../fonts/f.woff2") }\n.p { background: url(../images/deep/b.png) }\n',
        "static/sass/plain.css": '@import "theme/look.css";\n@import "pkg/pkg.css";\n.plain { background: url(../images/a.svg#x) }\n',
        "static/sass/theme/look.css": ".look { background: url(faces/x.png) }\n/*# sourceMappingURL=look.css.map */\n",
        "static/js/site.js": 'import { pkg } from "pkg";\nimport { used } from "./util";\nconst parts = require.context("./parts", true, /_part\\.js$/);\n'
        "const { messages = {}, plural } = globalThis.TRANSLATIONS;\nglobalThis.said = [pkg, used, parts.keys().map((name) => parts(name).default), messages.day?.[plural(2)]];\n"
        'globalThis.words = () => import("./words.js").then(({ words }) => words);\n',
        "static/js/util.js": 'export const used = "util";\nexport const theme = (name) => import(`./themes/${name}.js`);\n//# sourceMappingURL=util.js.map\n',
        "static/js/themes/light.js": 'export default "light";\n',
        "static/js/themes/dark/note.txt": "none",
        "static/js/parts/a_part.js": 'export default "a";\n',
        "static/js/parts/deep/b_part.js": 'module.exports = "b";\n',
        "static/js/shared.js": 'export const shared = "shared by both";\nexport const log = (...all) => console.log(shared, ...all);\n',
        "static/js/words.js": 'import { log, shared } from "./shared.js";\nexport const words = () => log("words", shared);\n',
        "static/js/more.js": 'import { log } from "./shared";\nimport { pkg } from "pkg/sub";\nexport const more = () => log("more", pkg);\n',
        "static/images/a.svg": DRAWING.format(2),
        "static/images/c.svg": DRAWING.format(3),
        "node_modules/pkg/package.json": '{"name": "pkg", "version": "1.0.0", "main": "main.js"}\n',
        "node_modules/pkg/main.js": 'exports.pkg = require("./inner").name;\n',
        "node_modules/pkg/inner.js": 'exports.name = "pkg";\n//# sourceMappingURL=inner.js.map\n',
        "node_modules/pkg/sub.js": 'export const pkg = "sub";\n',
        "node_modules/pkg/pkg.css": ".pkg { background: url('./mark.png') }\n",
        **{f"locale/{code}/LC_MESSAGES/messages.po": PO.format(code) for code in ("en", "de", "he")},
    }
    files = {name: text.encode() for name, text in texts.items()}
    for name in ("static/images/deep/b.png", "static/sass/theme/faces/x.png", "node_modules/pkg/mark.png"):
        files[name] = picture(draw, 12)
    files["static/fonts/f.woff2"] = draw.randbytes(300)
    files["static/fonts/LICENSE.txt"] = b"All may use this font. " * 20
    return files


def prepare(top: Path) -> None:
    """Make a folder in which the project can be built: with the repository's library, its environment and its compilers."""
    top.mkdir(parents=True)
    shutil.copytree(ROOT / "buildgraph", top / "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    (top / "requirements").mkdir()
    shutil.copy(ROOT / "requirements/build.txt", top / "requirements")
    for name in (".venv", ".nodeenv"):
        (top / name).symlink_to(ROOT / name)
    if (
        tools := ROOT / ".buildgraph/tools"
    ).is_dir():  # The graph's own environment: another one takes ten seconds.
        (top / ".buildgraph").mkdir()
        (top / ".buildgraph/tools").symlink_to(tools)
    (top / "node_modules").mkdir()
    for package in (ROOT / "node_modules").iterdir():
        (top / "node_modules" / package.name).symlink_to(package)


def lay(top: Path, files: dict[str, bytes], before: dict[str, bytes]) -> None:
    """Let the folder's sources be these, where they were `before`; what is equal is not touched."""
    for name in before.keys() - files.keys():
        (top / name).unlink()
        for folder in (top / name).relative_to(top).parents:
            if folder == Path() or any((top / folder).iterdir()):
                break
            (top / folder).rmdir()
    for name, content in files.items():
        if before.get(name) != content:
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(content)


def results(top: Path) -> dict[str, bytes]:
    """Return name -> content of all that is published."""
    return {
        file.relative_to(top).as_posix(): file.read_bytes()
        for name in RESULTS
        for file in (top / name).rglob("*")
        if file.is_file()
    }
