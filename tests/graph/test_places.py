"""The places that a tool names are told as `FILE:LINE: message`, whatever the tool's own way is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.excerpt import WIDEST
from buildgraph.running.places import SHOWN, told
from tests.graph.screen import Screen
from tests.graph.terminals import on_a_terminal

ROOT = Path(__file__).parents[2]


def places(lines):
    return [line.text for line in told(lines) if line.is_place]


SAID = {
    "ruff": (
        "F401 [*] `os` imported but unused\n --> src/a.py:3:8\n  |\n3 | import os\n  |        ^^\n  |\nhelp: Remove unused import\n",
        ["src/a.py:3:8: F401 [*] `os` imported but unused"],
    ),
    "esbuild": (
        '✘ [ERROR] Unexpected ";"\n\n    src/b.js:2:8:\n      2 │ let a = ;\n        ╵         ^\n',
        ['src/b.js:2:8: Unexpected ";"'],
    ),
    "sass": (
        'Error: expected ";".\n  ╷\n2 │  b: $x; }\n  │   ^\n  ╵\n  src/c.scss 2:3  root stylesheet\n',
        ['src/c.scss:2:3: expected ";".'],
    ),
    "this engine": (
        "error: src/b.js, line 13: Unexpected. Correct it there.\nerror: src/d.json, line 2, column 4: is not JSON.\n",
        ["src/b.js:13: Unexpected. Correct it there.", "src/d.json:2:4: is not JSON."],
    ),
    "a traceback": (
        'Traceback (most recent call last):\n  File "HERE/src/a.py", line 7, in <module>\n    f()\n'
        '  File "HERE/.venv/lib/site-packages/x.py", line 9, in f\n    raise KeyError(1)\nKeyError: 1\n',
        ["src/a.py:7: KeyError: 1"],
    ),
    "an absolute path": (
        "HERE/src/a.py:4: WARNING: no such target\n",
        ["src/a.py:4: WARNING: no such target"],
    ),
    "what is ready": ("src/a.py:4: error: no\nsrc/a.py:4: error: no\n", ["src/a.py:4: error: no"]),
    "what only looks so": ("12:30: it began\nnowhere.py:3: no\nat 10:20:30 src/a.py was read\n", []),
    "what is outside": ('  File "/etc/passwd", line 1\nboom\n/etc/passwd:1: no\n', []),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    for path in ("src/a.py", "src/b.js", "src/c.scss", "src/d.json", ".venv/lib/site-packages/x.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("tool", SAID)
def test_places_are_found_in_what_a_tool_says(here, tool):
    said, found = SAID[tool]
    assert places(said.replace("HERE", str(here)).splitlines()) == found


def test_the_first_places_are_shown(here):
    (here / "src/a.py").write_text("pass\n" * 100)
    said = told([f"{here}/src/a.py:{number}:1: no {number}" for number in range(1, 100)])
    assert [line.text for line in said if line.text.endswith("│ ^^^^")] == ["  │ ^^^^"] * 9 + [
        "   │ ^^^^"
    ] * (SHOWN - 9)
    assert [line.text for line in said if line.is_place][-1] == "src/a.py:99:1: no 99"


def test_a_place_has_its_source_below_it_with_a_mark(here):
    (here / "src/c.scss").write_text("a {\n\tcolor: $nope;\n")
    assert [line.text for line in told(["error: src/c.scss:2:9: Undefined variable"])] == [
        "src/c.scss:2:9: Undefined variable",
        "1 │ a {",
        "2 │  color: $nope;",
        "  │         ^^^^^",
    ]


def test_of_a_long_line_the_part_around_the_column_is_shown(here):
    (here / "src/b.js").write_text("x" * 5000 + "?" + "y" * 5000)
    source, mark = [line.text for line in told(["src/b.js:1:5001: Unexpected"])][1:]
    assert len(source) == WIDEST
    assert source[mark.index("^")] == "?"


def test_source_that_a_tool_has_shown_is_not_shown_again(here):
    (here / "src/a.py").write_text("import os\n")
    said = ["F401 `os` imported but unused", " --> src/a.py:1:8", "  |", "1 | import os", "  |        ^^"]
    assert [line.text for line in told(said)] == ["src/a.py:1:8: F401 `os` imported but unused", *said[2:]]


def test_of_a_traceback_the_frames_of_the_checkout_are_told(here):
    (here / "src/a.py").write_text("\n" * 6 + "f()\n")
    said = SAID["a traceback"][0].replace("HERE", str(here)).splitlines()
    assert [line.text for line in told(said)] == [
        "Traceback (most recent call last):",
        '  File "src/a.py", line 7, in <module>',
        "    f()",
        "src/a.py:7: KeyError: 1",
    ]


def test_what_is_gone_or_no_text_is_told_without_its_source(here):
    (here / "src/a.py").write_bytes(b"\xff\xfe\x00")
    assert [line.text for line in told(["src/a.py:1:1: no", "src/b.js:9:1: beyond its end"])] == [
        "src/a.py:1:1: no",
        "src/b.js:9:1: beyond its end",
    ]


def test_a_failure_ends_in_the_places_and_the_line_that_repeats_it(checkout):
    checkout.dodo("def task_t(): return check(inputs=['bad.py'], command=['python', 'bad.py'])")
    checkout.write("bad.py", "import os\n\n\ndef f():\n    return 1 / 0\n\n\nf()\n")
    run = checkout.run()
    assert run.text.splitlines()[-2] == "  bad.py:5: ZeroDivisionError: division by zero"
    assert "exit code" not in run.text
    assert run.text.splitlines()[-1].startswith("  to repeat it: ")


def test_the_real_ruff_and_the_real_python_are_understood(here):
    (here / "src/a.py").write_text("import os\n")
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "src/a.py"],
        cwd=here,
        capture_output=True,
        text=True,
    )
    assert [place.partition(" ")[0] for place in places(ruff.stdout.splitlines())] == ["src/a.py:1:8:"]
    (here / "src/a.py").write_text("def broken(:\n")
    python = subprocess.run([sys.executable, "src/a.py"], cwd=here, capture_output=True, text=True)
    assert places(python.stderr.splitlines()) == ["src/a.py:1: SyntaxError: invalid syntax"]


def test_a_type_error_fails_its_check_at_its_place(checkout):
    words = ["python", "-m", "mypy", "--no-error-summary", "--cache-dir=.buildgraph/mypy", "src/a.py"]
    checkout.dodo(f"def task_types(): return check(inputs=['src/a.py'], command={words})")
    checkout.write("src/a.py", "\nnumber: int = 'one'\n")

    run = checkout.run()

    assert run.code == 1
    assert re.search(
        r"^(  \| |  )src/a\.py:2: error: Incompatible types in assignment", run.text, re.MULTILINE
    )
    assert run.text.count("src/a.py:2: ") == 1
    line = next(each for each in run.text.splitlines() if "src/a.py:2: " in each)
    for task in json.loads((ROOT / ".vscode/tasks.json").read_text())["tasks"]:
        match = re.search(task["problemMatcher"]["pattern"]["regexp"], line)
        assert (
            match
            and match[1] == "src/a.py"
            and match[2] == "2"
            and match[3].startswith("error: Incompatible")
        )
    checkout.write("src/a.py", "\nnumber: int = 1\n")
    assert checkout.run().code == 0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "  src/a.py:5: ZeroDivisionError: division by zero",
            ("src/a.py", "5", "ZeroDivisionError: division by zero"),
        ),
        ("  | tests/a.py:12:7: F401 unused", ("tests/a.py", "12", "F401 unused")),
        ("error: dodo.py, line 3: invalid syntax.", ("dodo.py", "3", "invalid syntax.")),
        (
            "tests/warehouse/test_a.py:12: AssertionError",
            ("tests/warehouse/test_a.py", "12", "AssertionError"),
        ),
        ("made    env  8.91 s", None),
        ("  to repeat it: doit lint", None),
    ],
)
def test_the_editors_list_of_problems_takes_the_places(line, found):
    for task in json.loads((ROOT / ".vscode/tasks.json").read_text())["tasks"]:
        pattern = task["problemMatcher"]["pattern"]
        match = re.search(pattern["regexp"], line)
        said = match and tuple(match[pattern[name]] for name in ("file", "line", "message"))
        assert said == found, task["label"]


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_on_a_terminal_the_source_and_its_mark_fit(checkout, columns):
    checkout.dodo(
        "def task_t(): return check(inputs=['bad.js'], command=['python', '-c', 'print(\"bad.js:2:93: no\"); exit(1)'])"
    )
    checkout.write("bad.js", "\n" + "let x; " * 12 + "let y = ?;" + " x();" * 10 + "\n")
    code, said = on_a_terminal(checkout, "t", columns=columns)
    assert code == 1
    assert "\x1b[1;31m^\x1b[0m" in said
    lines = [line.rstrip() for line in Screen(columns).show(said).lines]
    place = lines.index("  bad.js:2:93: no")
    source, mark = lines[place + 2], lines[place + 3]
    assert source.startswith("  | 2 │ ") and source[mark.index("^")] == "?"
    assert lines[place + 4].startswith("  to repeat it: ")


def test_a_syntax_error_of_dodo_py_has_its_source_and_a_mark_at_its_column(checkout):
    checkout.dodo("def task_t(: pass")
    code, said = on_a_terminal(checkout, "list")
    assert code == 1
    assert said.endswith(
        " dodo.py, line 2, column 12: invalid syntax.\n"
        "  1 │ from buildgraph import check, rule, service\n"
        "  2 │ def task_t(: pass\n"
        "    │            \x1b[1;31m^\x1b[0m\n"
    )


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_mistake_in_dodo_py_is_shown_on_a_terminal(checkout, columns):
    checkout.dodo("def task_t(): return rule(outputz=['a'])")
    code, said = on_a_terminal(checkout, "list", columns=columns)
    assert code == 1
    assert said.startswith("\x1b[1;31merror:\x1b[0m dodo.py, line 2: rule() has no 'outputz'.")
    assert "  2 │ def task_t(): return rule(outpu" in said
    assert "│" not in checkout.run("list").text
