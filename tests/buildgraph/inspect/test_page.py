"""The page of a graph, in a real Chromium: what it shows, what keys and clicks do, and that ten thousand tasks do not slow it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from buildgraph.inspect.pictures import Box, page
from tests.buildgraph.serve.browsing import CHROMIUM, NEEDS_BROWSER, NODE
from tests.buildgraph.serve.harness import ROOT

pytestmark = NEEDS_BROWSER

SECONDS = 2.0
"""How long a step may take with ten thousand tasks, drawn without a graphics card; all but opening takes a fraction of it."""
LONG = "assets:" + "a-name-that-nothing-cuts-" * 4 + "end"


def box(name: str, **values) -> Box:
    told = {
        "doc": f"Make {name}.",
        "kind": "rule",
        "command": f"python make.py {name}",
        "state": "fresh",
        "why": (),
    }
    told |= {
        "seconds": 1.5,
        "times": (2.0, 1.5),
        "log": "",
        "log_link": "",
        "said": "",
        "inputs": (),
        "found": (),
        "outputs": (f"out/{name}",),
    }
    return Box(name=name, **(told | {"before": (), "column": 0, "row": 0} | values))


SMALL = [
    box("locks", inputs=["a.in"]),
    box(LONG, before=["locks"], inputs=["out/locks", "b.scss"], found=["_part.scss"], column=1),
    box(
        "lint",
        kind="check",
        state="failed",
        why=["it failed when it ran last: the command ended with exit code 1"],
        before=["locks"],
        inputs=["out/locks", "src/<b>.py", "src/c.py"],
        outputs=(),
        log=".buildgraph/logs/lint.log",
        log_link="logs/lint.log",
        said="src/c.py:3: unused </script> import",
        column=1,
        row=1,
    ),
    box("serve", kind="service", state="always", seconds=None, before=[LONG], outputs=(), column=2),
    box("upgrade", kind="run", state="always", seconds=None, outputs=()),
    box("all", kind="group", state="group", seconds=None, before=["lint"], outputs=(), column=2),
]


def use(boxes: list[Box], wanted: str, folder: Path) -> dict:
    """Open the page of these tasks, use it, and return what was seen."""
    file = folder / "graph.html"
    file.write_text(page(boxes), encoding="utf-8")
    pictures = Path(os.environ.get("BUILDGRAPH_SCREENSHOTS") or folder)
    words = [
        NODE,
        "tests/buildgraph/inspect/page.mjs",
        CHROMIUM,
        file,
        wanted,
        pictures / f"graph-{len(boxes)}",
    ]
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["complaints"] == []
    return answer


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return use(SMALL, "lint", tmp_path_factory.mktemp("page"))["seen"]


def test_the_legend_names_each_state_and_kind_with_its_number(small):
    legend = [" ".join(line.split()) for line in small["legend"]]
    assert legend == [
        "✓ up to date 2", "✗ failed last time 1", "↻ runs every time 2", "▤ stands for others 1",
        "makes files 2", "verifies 1", "on demand 1", "serves 1", "group 1",
    ]  # fmt: skip


def test_a_task_says_why_it_would_run_and_what_it_said_reads_makes_and_needs(small):
    assert small["title"] == ["lint"]
    assert small["sections"] == [
        "Why it would run (1)", "Duration", "Last log", "Inputs (2)", "Inputs made by locks (1)", "Needs (1)",
        "Is needed by (1)", "Command",
    ]  # fmt: skip
    for told in (
        "the command ended with exit code 1", "1.50 s when it ran last", "in the last runs: 2.00 s, 1.50 s",
        ".buildgraph/logs/lint.log", "src/c.py:3: unused </script> import", "src/<b>.py", "python make.py lint",
    ):  # fmt: skip
        assert told in small["about"]


def test_keys_and_clicks_choose_and_the_address_names_what_is_chosen(small):
    assert small["found"][0] == "lint"
    assert small["address"] == "#lint"
    assert small["afterEscape"]
    assert small["clicked"] == ["lint"]
    assert small["leftOfIt"] == ["locks"]


def test_a_file_that_a_task_has_found_by_itself_finds_the_task(small):
    assert small["byFile"] == [LONG]
    assert "Files that it read when it ran last (1)" in small["ofFile"]


def test_the_legend_filters(small):
    assert small["checks"] == ["1 of 6 tasks"]


def test_no_name_is_cut_and_no_box_covers_another(small):
    assert small["widestName"]
    assert small["apart"]


def test_the_page_is_dark_where_the_system_is(small):
    assert small["light background"] == "rgb(255, 255, 255)"
    assert small["dark background"] == "rgb(13, 17, 23)"
    assert min(small["light colours drawn"], small["dark colours drawn"]) > 10


def test_a_group_of_a_large_graph_is_one_box_until_it_is_opened_or_a_part_is_chosen(tmp_path):
    """By keys alone: a search, a part of its results, the group, and all of them."""
    parts = [
        box(f"part:{n}", before=["first"], column=1, row=n, state="fresh" if n else "failed", group="pile")
        for n in range(40)
    ]
    pile = box("pile", kind="group", state="group", before=[part.name for part in parts], column=2)
    last = box("last", kind="check", before=["part:3", "pile"], column=3)
    seen = use([box("first"), *parts, pile, last], "last", tmp_path)["seen"]
    assert seen["all"] == ["43 tasks"]
    assert seen["drawnFolded"] == ["first", "pile", "last"]
    assert seen["stateOfPile"] == "failed"
    assert seen["chosenPart"] == ["part:7"]
    assert seen["drawnOpened"] == seen["drawnAll"] == 43
    assert (seen["drawnAgain"], seen["ofPile"]) == (3, "Parts (40)")
    assert seen["isNarrowEnough"]


def test_a_small_graph_is_not_folded(small):
    assert small["folds"] is False


def test_ten_thousand_tasks_are_opened_searched_and_chosen_at_once(tmp_path):
    boxes = []
    for number in range(10_000):
        column, row = divmod(number, 1000)
        before = [f"task:{(column - 1) * 1000 + (row * step) % 1000}" for step in (1, 3, 7)] if column else []
        kind = "check" if number % 10 == 0 else "rule"
        before = list(dict.fromkeys(before))
        boxes.append(box(f"task:{number}", kind=kind, before=before, column=column, row=row))
    answer = use(boxes, "task:9876", tmp_path)
    print(answer["milliseconds"])
    assert answer["seen"]["all"] == ["10000 tasks"]
    assert answer["seen"]["found"] == ["task:9876"]
    assert answer["seen"]["clicked"] == ["task:9876"]
    assert {name for name, took in answer["milliseconds"].items() if took > SECONDS * 1000} == set()
