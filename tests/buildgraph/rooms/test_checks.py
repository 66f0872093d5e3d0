"""Checks of scripts, sheets and source maps, and unit tests of scripts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.assets import Checks
from buildgraph.rooms.assets.maps import check_maps
from tests.buildgraph.rooms.fronts import BOTH, NODE, build, front, names, run, write

RULES = {
    "eslint.config.mjs": 'export default [{ rules: { "no-var": "error" } }];\n',
    ".stylelintrc.json": '{"rules": {"color-named": "never"}}',
}


@pytest.fixture(autouse=True)
def static(project: Path) -> Path:
    """A project with the repository's compilers and an empty static folder."""
    return front(project)


@pytest.mark.parametrize(
    ("checks", "name", "text", "message"),
    [
        (
            Checks(NODE, scripts=("static/",)),
            "static/a.js",
            "let one = 1;\nvar two = 2;\n",
            "error: static/a.js:2:1: Unexpected var, use let or const instead (no-var)\n",
        ),
        (
            Checks(NODE, scripts=("static/",)),
            "static/a.js",
            "let one = ;\n",
            "error: static/a.js:1:11: Parsing error: Unexpected token ;\n",
        ),
        (
            Checks(NODE, styles=("static/",)),
            "static/a.css",
            "a {\n  color: red;\n}\n",
            'error: static/a.css:2:10: Disallowed named color "red" (color-named)\n',
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_rule(checks, name, text, message):
    write({**RULES, name: text})

    (step,) = checks.steps
    done = run(step)

    assert (done.returncode, done.stderr) == (1, message)


def test_what_is_right_passes_and_there_is_a_check_for_each_file():
    write({**RULES, "static/a.js": "let one = 1;\n", "static/deep/b.ts": "", "static/c.scss": "a { b: c }\n"})

    steps = list(Checks(NODE, scripts=("static/",), styles=("static/",)).steps)

    assert [step.name for step in steps] == [
        "scripts:static/a.js",
        "scripts:static/deep/b.ts",
        "styles:static/c.scss",
    ]
    assert run(steps[0]).returncode == run(steps[2]).returncode == 0


def test_a_file_of_tests_runs_with_what_it_imports_which_it_tells():
    write(
        {
            "static/sum.js": "export const sum = (a, b) => a + b;\n",
            "checks/sum.test.js": 'import { test } from "node:test";\nimport assert from "node:assert";\nimport { sum } from "../static/sum";\n'
            'test("one and one", () => assert.equal(sum(1, 1), 2));\n',
        }
    )
    (step,) = Checks(NODE, tests=("checks/",)).steps

    assert run(step).returncode == 0
    found = json.loads(Path(step.command.discovers).read_text())
    assert {"static/sum.js", "checks/sum.test.js"} <= {*found["inputs"]}

    write({"static/sum.js": "export const sum = (a, b) => a - b;\n"})
    done = run(step)
    assert done.returncode == 1
    assert "one and one" in done.stderr and "checks/sum.test.js:4" in done.stderr


def test_each_published_map_is_there_and_holds_its_sources():
    write({"static/site.js": "console.log(1);\n", "static/site.scss": "a { b: c }\n"})
    assert build(replace(BOTH, mirrored=BOTH.styles)).returncode == 0
    check_maps(Path("dist"))

    published = Path("dist", names()["js/site.js.map"])
    whole = published.read_text()
    for text, words in (
        (
            json.dumps({**json.loads(whole), "sourcesContent": []}),
            "does not hold the text of all its sources",
        ),
        (
            json.dumps({**json.loads(whole), "sources": ["/home/site.js"]}),
            "names a place of this machine: '/home/site.js'",
        ),
        (json.dumps({**json.loads(whole), "mappings": ""}), "maps nothing"),
    ):
        published.write_text(text)
        with pytest.raises(BuildError, match=words):
            check_maps(Path("dist"))

    published.unlink()
    with pytest.raises(BuildError) as caught:
        check_maps(Path("dist"))
    assert (
        str(caught.value)
        == f"dist/{names()['js/site.js']}: the source map of 'js/site.js' is not there: '{names()['js/site.js.map']}'. Run 'doit assets'."
    )
