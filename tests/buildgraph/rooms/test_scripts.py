"""Scripts: modules and chunks, languages, and what vendors' code is written in."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.buildgraph.rooms.fronts import NODE, SCRIPT, build, built, front, names, reads, write

SAYS = "const said = [];\nglobalThis.say = (text) => said.push(text);\nprocess.on('exit', () => console.log(said.join('|')));\n"


@pytest.fixture(autouse=True)
def static(project: Path) -> Path:
    """A project with the repository's compilers and an empty static folder."""
    return front(project)


def said(*scripts: str) -> str:
    """Run published scripts in one global scope as a page does, and return what they said."""
    runs = "".join(
        f"new vm.Script(fs.readFileSync({json.dumps(f'dist/{names()[name]}')}, 'utf8'), {{filename: path.resolve({json.dumps(f'dist/{names()[name]}')}), "
        "importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER}).runInThisContext();\n"
        for name in scripts
    )
    Path("dist/package.json").write_text('{"type": "module"}')
    program = f"const [vm, fs, path] = [require('vm'), require('fs'), require('path')];\n{SAYS}{runs}"
    done = subprocess.run([NODE, "-e", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_script_imports_a_module_under_the_name_that_says_its_content():
    write(
        {
            "static/site.js": 'import("./words.js").then((words) => say(words.default.join(" ")));\n',
            "static/words.js": 'export default ["many", "words"];\n',
        }
    )

    files = built(replace(SCRIPT, modules=("static/words.js",)))

    assert sorted(files) == ["js/site.js", "js/site.js.map", "js/words.js", "js/words.js.map"]
    assert f'import("./{Path(names()["js/words.js"]).name}")'.encode() in files["js/site.js"]
    assert b"many" not in files["js/site.js"]
    assert said("js/site.js") == "many words"


def test_a_module_that_is_not_published_on_its_own_is_bundled():
    write(
        {
            "static/site.js": 'import("./words.js").then((words) => say(words.default));\n',
            "static/words.js": 'export default "words";\n',
        }
    )

    assert sorted(built(SCRIPT)) == ["js/site.js", "js/site.js.map"]
    assert said("js/site.js") == "words"


def test_modules_that_import_each_other_have_names_which_change_with_either():
    write(
        {
            "static/one.js": 'export const one = "one";\nexport const both = async () => one + (await import("./two.js")).two;\n',
            "static/two.js": 'import { one } from "./one.js";\nexport const two = `two after ${one}`;\n',
            "static/site.js": 'import("./one.js").then(({ both }) => both()).then(say);\n',
        }
    )
    assets = replace(SCRIPT, modules=("static/one.js", "static/two.js"))
    built(assets)
    before = names()
    assert said("js/site.js") == "onetwo after one"

    write({"static/two.js": 'import { one } from "./one.js";\nexport const two = `2 after ${one}`;\n'})
    built(assets)

    changed = {name for name in before if names()[name] != before[name]}
    assert changed >= {"js/one.js", "js/two.js", "js/site.js"}
    assert said("js/site.js") == "one2 after one"


def test_a_map_finds_its_places_in_what_was_published():
    write(
        {
            "static/words.js": "export const words = () => {\n  throw new Error('here');\n};\n",
            "static/site.js": 'import("./words.js").then(({ words }) => words());\n',
        }
    )
    files = built(replace(SCRIPT, modules=("static/words.js",)))

    code = files["js/words.js"].decode()
    program = (
        "const { SourceMap } = require('module');\n"
        f"const map = new SourceMap(JSON.parse({json.dumps(files['js/words.js.map'].decode())}));\n"
        f"const entry = map.findEntry(0, {code.index('throw')});\n"
        "console.log(entry.originalSource, entry.originalLine + 1, entry.originalColumn + 1);\n"
    )
    done = subprocess.run([NODE, "-e", program], capture_output=True, text=True)
    assert done.stdout.split() == ["static/words.js", "2", "3"], done.stderr


def test_each_language_has_the_script_and_one_map_serves_all():
    write(
        {
            "static/site.js": "const { messages, plural } = globalThis.TRANSLATIONS;\nsay(messages.day?.[plural(2)] ?? 'days');\n",
            "en.json": json.dumps({"messages": {}, "plural": "n != 1"}),
            "de.json": json.dumps({"messages": {"day": ["Tag", "Tage </script>"]}, "plural": "(n != 1)"}),
        }
    )
    assets = replace(SCRIPT, linked={"static/site.js": {"en": "en.json", "de": "de.json"}})

    files = built(assets)

    assert sorted(files) == ["js/site.de.js", "js/site.en.js", "js/site.js.map"]
    assert said("js/site.en.js") == "days"
    assert said("js/site.de.js") == "Tage </script>"
    assert json.loads(files["js/site.js.map"])["mappings"].startswith(";")
    (german, rest), (english, other) = (files[f"js/site.{code}.js"].split(b"\n", 1) for code in ("de", "en"))
    assert rest == other and german != english
    assert Path(names()["js/site.js.map"]).name.encode() in rest


def test_a_folder_is_required_as_webpacks_users_write_it_and_its_listing_counts():
    write(
        {
            "static/parts/a_part.js": 'export default "a";\n',
            "static/parts/deep/b_part.js": 'module.exports = "b";\n',
            "static/parts/note.txt": "not a script",
            "static/site.js": "const parts = require.context('./parts', true, /_part\\.js$/);\n"
            "say(parts.keys().map((name) => `${name}=${parts(name).default ?? parts(name)}`).join());\n",
        }
    )

    built(SCRIPT)

    assert said("js/site.js") == "./a_part.js=a,./deep/b_part.js=b"
    assert {"static/parts", "static/parts/deep"} <= {*reads("js/site.js")["folders"]}


def test_modules_that_have_define_alone_are_understood():
    write(
        {
            "static/old.js": 'define(["./base", "exports"], function (base, exports) {\n  exports.name = base.name + " and old";\n});\n',
            "static/base.js": 'define(function () {\n  return { name: "base" };\n});\n',
            "static/site.js": 'import { name } from "./old.js";\nsay(name);\n',
        }
    )

    built(SCRIPT)

    assert said("js/site.js") == "base and old"


def test_a_text_that_looks_like_the_place_of_a_map_stays():
    write({"static/site.js": 'say("//# sourceMappingURL=mine.map");\n'})

    files = built(SCRIPT)

    assert b'"//# sourceMappingURL=mine.map"' in files["js/site.js"]
    assert said("js/site.js") == "//# sourceMappingURL=mine.map"


def test_a_module_that_is_missing_is_named_with_its_place():
    write({"static/site.js": "\n", "static/words.js": 'import "./gone.js";\n'})

    done = build(replace(SCRIPT, modules=("static/words.js",)))

    assert (done.returncode, done.stderr) == (
        1,
        'error: static/words.js:1:8: Could not resolve "./gone.js"\n',
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '\nconst a = require.context("./parts", true, /(/);\n',
            "error: static/site.js:2:11: Invalid regular expression: /(/: Unterminated group\n",
        ),
        (
            'require.context("./gone");\n',
            "error: static/site.js:1:1: './gone' is required, but there is no such folder\n",
        ),
        (
            "say(import.meta.url);\n",
            'error: static/site.js:1:5: "import.meta" is not available with the "iife" output format and will be empty\n',
        ),
    ],
)
def test_what_cannot_work_in_a_script_is_named_with_its_place(text, message):
    write({"static/site.js": text, "static/parts/a.js": ""})

    done = build(SCRIPT)

    assert (done.returncode, done.stderr) == (1, message)


def test_folders_behind_a_name_with_a_hole_and_maps_that_files_name_are_read():
    write(
        {
            "static/site.js": "globalThis.theme = (name) => import(`./themes/${name}.js`);\n//# sourceMappingURL=site.js.map\n",
            "static/themes/light.js": "",
            "static/themes/dark/note.txt": "",
        }
    )

    built(SCRIPT)

    found = reads("js/site.js")
    assert "static/themes/dark" in found["folders"] and "static/site.js.map" in found["inputs"]


def test_sources_of_a_vendors_machine_are_named_alike_in_every_checkout():
    told = {"version": 3, "sources": ["/home/me/a.ts", "../../../../../b.ts", "file:///c.ts"], "names": []}
    write(
        {
            "static/site.js": "say(1);\n//# sourceMappingURL=site.js.map\n",
            "static/site.js.map": json.dumps({**told, "sourcesContent": ["a", "b", "c"], "mappings": "AAAA,CCAA,CCAA"}),
        }
    )

    found = json.loads(built(SCRIPT)["js/site.js.map"])

    assert found["sources"] == ["elsewhere/a.ts", "elsewhere/b.ts", "elsewhere/c.ts"]


def test_what_was_imported_through_a_link_is_read_under_the_name_of_the_link():
    write({"static/site.js": 'import "./part";\n', "other/part.js": "say(1);\n"})
    Path("static/part.js").symlink_to("../other/part.js")

    built(SCRIPT)

    assert {"static/part.js", "other/part.js"} <= {*reads("js/site.js")["inputs"]}


def test_a_message_may_have_any_name():
    write(
        {
            "static/site.js": "say(Object.entries(globalThis.TRANSLATIONS.messages).join());\n",
            "de.json": json.dumps({"messages": {"__proto__": ["p"], 'q"\u2028\\': ["</script>"]}, "plural": "0"}),
        }
    )

    built(replace(SCRIPT, linked={"static/site.js": {"de": "de.json"}}))

    assert said("js/site.de.js") == '__proto__,p,q"\u2028\\,</script>'
