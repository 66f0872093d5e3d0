"""Project: a generated front end of the size of a large package index's: sheets, controllers, languages, chunks, fonts, images, and an admin site.

Counts and sizes are those of a real one (measured there): 90 SCSS modules, 6 sheets (one of them mirrored), 35 controllers, 13 languages besides the source's,
three chunks of 800 kB, 105 fonts of 1.5 MB, 26 images, and an admin site with jQuery, Bootstrap, DataTables, moment and Chart.js.
The content is drawn from one seed, so that it is the same everywhere.
"""

import random
import struct
import zlib
from pathlib import Path

LANGUAGES = ("ar", "de", "el", "eo", "es", "fr", "he", "ja", "pt_BR", "ru", "uk", "zh_Hans", "zh_Hant")
MODULES, CONTROLLERS, CHUNKS, FONTS, PICTURES, DRAWINGS = 84, 35, 3, 105, 19, 7
MESSAGES = (("About a minute ago", "About %(count)s minutes ago"), ("Yesterday", "About %(count)s days ago"))
MESSAGES += tuple((f"One thing of kind {n}", f"%(count)s things of kind {n}") for n in range(9))
PLURALS = {"ja": 1, "zh_Hans": 1, "zh_Hant": 1, "ru": 3, "uk": 3, "ar": 6}
RULES = {
    1: "nplurals=1; plural=0;",
    2: "nplurals=2; plural=(n != 1);",
    3: "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    6: "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make(top: Path) -> None:
    """Write the sources of the project below a folder."""
    draw = random.Random(20261129)
    _sheets(top / "static/sass", draw)
    _scripts(top / "static/js", draw)
    _catalogs(top / "locale", draw)
    for number in range(FONTS):
        ending = "woff2" if number % 2 else "woff"
        _write(top / f"static/fonts/face-{number}.{ending}", draw.randbytes(draw.randrange(8_000, 22_000)))
    for number in range(PICTURES):
        _write(top / f"static/images/picture-{number}.png", picture(draw, 420 if number == 0 else 120))
    for number in range(DRAWINGS):
        _write(top / f"static/images/drawing-{number}.svg", _drawing(draw, 900 if number == 0 else 90))
    _admin(top / "admin", draw)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(LETTERS, k=draw.randrange(3, 12)))


def _rule(draw: random.Random, name: str) -> str:
    side = draw.choice(("left", "right"))
    return (
        f".{name} {{\n  color: tokens.$ink-{draw.randrange(12)};\n  margin-{side}: {draw.randrange(1, 60)}px;\n"
        f"  padding: {draw.randrange(1, 20)}px {draw.randrange(1, 20)}px {draw.randrange(1, 20)}px;\n"
        f"  @include tokens.wide {{ text-align: {side}; width: calc(100% - {draw.randrange(9, 99)}px); }}\n"
        f"  &:hover {{ background-color: rgba(tokens.$ink-{draw.randrange(12)}, 0.{draw.randrange(1, 9)}); }}\n}}\n"
    )


def _sheets(top: Path, draw: random.Random) -> None:
    inks = "".join(f"$ink-{n}: #{draw.randrange(0x100000, 0xFFFFFF):06x};\n" for n in range(12))
    wide = "@mixin wide { @media (min-width: 800px) { @content; } }\n"
    _write(top / "_tokens.scss", inks + wide)
    for number in range(MODULES):
        rules = "".join(_rule(draw, f"block-{number}__{_word(draw)}") for _ in range(draw.randrange(4, 13)))
        _write(top / f"blocks/_block-{number}.scss", '@use "../tokens";\n' + rules)
    uses = "".join(f'@use "blocks/block-{n}";\n' for n in range(MODULES))
    own = (
        ".code { /*rtl:ignore*/ direction: ltr; text-align: left; }\n"
        ".logo { background: url(../images/drawing-0.svg) no-repeat; }\n"
        ".shade { background-image: url('../images/picture-1.png'); }\n"
    )
    _write(top / "site.scss", uses + own)
    _write(top / "noscript.scss", '@use "tokens";\n.no-script { display: none; color: tokens.$ink-1; }\n')
    icons = "".join(f'.icon-{n}::before {{ content: "\\{0xE000 + n:x}"; }}\n' for n in range(1500))
    _write(top / "icons.scss", _faces((0, 1, 2, 3)) + icons)
    _write(top / "fonts.scss", _faces(range(4, FONTS - 1)))
    _write(top / "fonts-title.scss", _faces((FONTS - 1,)))


def _faces(numbers) -> str:
    face = '@font-face {{ font-family: "Face {0}"; src: url("../fonts/face-{0}.{1}") format("{1}"); }}\n'
    return "".join(face.format(number, "woff2" if number % 2 else "woff") for number in numbers)


def _scripts(top: Path, draw: random.Random) -> None:
    for number in range(CONTROLLERS):
        methods = "".join(
            f"\n  {_word(draw)}{n}(event) {{\n    const value = event.target.dataset.{_word(draw)} || {draw.randrange(999)};\n"
            f'    this.element.classList.toggle("{_word(draw)}-{_word(draw)}", Boolean(value));\n'
            f"    return [value, `{_word(draw)} ${{value}}`].map((each) => String(each).trim());\n  }}\n"
            for n in range(draw.randrange(4, 10))
        )
        one, many = MESSAGES[number % len(MESSAGES)]
        text = (
            'import { Controller } from "@hotwired/stimulus";\nimport { ngettext } from "../messages";\n\n'
            f"export default class extends Controller {{\n  connect() {{\n    this.element.dataset.said{number} = "
            f'ngettext("{one}", "{many}", Number(this.element.dataset.count || 2));\n  }}\n{methods}}}\n'
        )
        _write(top / f"controllers/thing_{number}_controller.js", text)
    for number in range(CHUNKS):
        words = ",".join(_word(draw) for _ in range(95_000))
        _write(top / f"dictionary-{number}.js", f'export default "{words}".split(",");\n')
    chunks = "".join(
        f'  import(/* webpackChunkName: "dictionary-{n}" */ "./dictionary-{n}.js"),\n' for n in range(CHUNKS)
    )
    _write(
        top / "site.js",
        'import { Application } from "@hotwired/stimulus";\n\n'
        "const application = Application.start();\n"
        "const context = require.context('./controllers', true, /\\.js$/);\n"
        "for (const name of context.keys()) {\n"
        '  application.register(name.replace(/^\\.\\/|_controller\\.js$/g, "").replaceAll("_", "-"), context(name).default);\n}\n'
        f"window.dictionaries = () => Promise.all([\n{chunks}]).then((all) => all.map((each) => each.default.length));\n"
        "document.documentElement.dataset.started = context.keys().length;\n",
    )
    _write(
        top / "messages.js",
        "const { messages = {}, plural = (n) => Number(n !== 1) } = globalThis.TRANSLATIONS ?? {};\n\n"
        "export function ngettext(one, many, count) {\n"
        "  const text = messages[one]?.[plural(count)] ?? (count === 1 ? one : many);\n"
        '  return text.replace("%(count)s", String(count));\n}\n',
    )


def _catalogs(top: Path, draw: random.Random) -> None:
    sources = [" ".join(_word(draw) for _ in range(draw.randrange(3, 18))) + f" {n}" for n in range(2200)]
    for code in ("en", *LANGUAGES):
        count = PLURALS.get(code, 2)
        head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {code}\\n"\n"Plural-Forms: {RULES[count]}\\n"\n'
        messages = [_plural(code, count, one, many) for one, many in MESSAGES]
        texts = (
            []
            if code == "en"
            else [
                f'#: templates/page.html\nmsgid "{text}"\nmsgstr "{code} {text[::-1]}"\n' for text in sources
            ]
        )
        _write(top / f"{code}/LC_MESSAGES/messages.po", "\n".join((head, *messages, *texts)))


def _plural(code: str, count: int, one: str, many: str) -> str:
    said = "" if code == "en" else f"{code}: "
    forms = "".join(
        f'msgstr[{n}] "{said and said + (one if n == 0 and count > 1 else many)}"\n' for n in range(count)
    )
    return f'#: static/js/site.js\nmsgid "{one}"\nmsgid_plural "{many}"\n{forms}'


def picture(draw: random.Random, size: int) -> bytes:
    """Return a PNG of a gradient with some noise, `size` pixels wide and high."""
    red, green, blue = (draw.randrange(1, 200) for _ in range(3))
    rows = b"".join(
        b"\0"
        + bytes(
            value
            for x in range(size)
            for value in (
                (red + x) % 256,
                (green + y + draw.randrange(4)) % 256,
                (blue + x * y // size) % 256,
            )
        )
        for y in range(size)
    )
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _drawing(draw: random.Random, count: int) -> str:
    paths = "".join(
        f'  <path id="p{n}" style="fill:#{draw.randrange(0xFFFFFF):06x};stroke:none" d="M {draw.uniform(0, 90):.6f},{draw.uniform(0, 90):.6f} '
        f'C {draw.uniform(0, 90):.6f},{draw.uniform(0, 90):.6f} {draw.uniform(0, 90):.6f},{draw.uniform(0, 90):.6f} 40.0000,50.000 z" />\n'
        for n in range(count)
    )
    return f'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">\n{paths}</svg>\n'


def _admin(top: Path, draw: random.Random) -> None:
    rules = "".join(
        _rule(draw, f"admin-{n}").replace("tokens.$ink-", "$ink-").replace("tokens.wide", "wide")
        for n in range(400)
    )
    inks = "".join(f"$ink-{n}: #{draw.randrange(0x100000, 0xFFFFFF):06x};\n" for n in range(12))
    wide = "@mixin wide { @media (min-width: 800px) { @content; } }\n"
    _write(top / "sass/admin.scss", '@import "bootstrap/dist/css/bootstrap.css";\n' + inks + wide + rules)
    _write(
        top / "js/admin.js",
        'import $ from "jquery";\nimport "bootstrap";\nimport DataTable from "datatables.net";\nimport moment from "moment";\nimport Chart from "chart.js/auto";\n'
        'import old from "./old.js";\n\nwindow.$ = $;\nwindow.started = [typeof DataTable, moment.locales().length, typeof Chart, old.name].join(" ");\n'
        'const locales = require.context("moment/locale", false, /\\.js$/);\nlocales.keys().forEach(locales);\n',
    )
    _write(
        top / "js/old.js",
        'define(["jquery"], function ($) {\n  return { name: "an AMD module", of: $.fn };\n});\n',
    )
