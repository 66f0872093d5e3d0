"""A graph whose definitions have not moved is not loaded again, and only what moved is looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DODO = """
print("dodo.py runs")
def task_copy():
    for name in ("a", "b"):
        yield rule(name=name, inputs=[f"src/{name}"], outputs=[f"out/{name}"], command=["bin/cp", f"src/{name}", f"out/{name}"])
def task_both():
    return rule(inputs=["out/a", "out/b"], outputs=["both"], command=["bin/cat", "both", "out/a", "out/b"], doc="Both.")
def task_listed():
    return rule(inputs=["src/*"], outputs=["listed"], command=["bin/cat", "listed"])
def task_other():
    return rule(inputs=["src/a"], outputs=["other"], command=["bin/cat", "other", "src/a"])
def task_all():
    return {"actions": None, "task_dep": ["copy", "both", "listed"]}
"""

AN_EDIT = """
import sys
sys.path.insert(0, {root!r})
from buildgraph.proof.certificate import end_if_it_holds
end_if_it_holds({folder!r}, ["both"])
from buildgraph.adapter import main
assert main(["both"], {python!r}) == 0
print("imported", *sys.modules)
"""
"""What the environment's launcher does, told by a Python that has loaded nothing else."""
COSTLY = {"argparse", "dataclasses", "doit", "enum", "inspect", "json", "pathlib", "re", "shutil", "signal"}
COSTLY |= {"subprocess", "tempfile", "traceback", "typing", "buildgraph.act.worker", "buildgraph.act.workers"}
"""Modules each of which would be a noticeable part of what an edit costs beside its commands; a pattern needs `re`."""


@pytest.fixture
def built(checkout, monkeypatch):
    """A checkout with a certificate for `all`."""
    checkout.dodo(DODO)
    for name, text in (
        ("cat", 'out=$1; shift; cat /dev/null "$@" > "$out"; echo >> "$out"'),
        ("cp", 'cp "$1" "$2"'),
    ):
        checkout.write(f"bin/{name}", f"#!/bin/sh\n{text}\n").chmod(0o755)
    for name in ("a", "b"):
        checkout.write(f"src/{name}", name)
    for _ in range(5):
        if "dodo.py runs" not in checkout.run("all").text:
            return checkout
    raise AssertionError("no certificate was issued")


def made(run) -> list[str]:
    assert run.code == 0, run
    return sorted(line.split()[1] for line in run.text.splitlines() if line.startswith("made"))


def test_one_change_runs_what_follows_from_it_and_does_not_load_the_graph(built):
    built.write("src/a", "changed")

    run = built.run("all")

    assert made(run) == ["both", "copy:a", "listed"]
    assert "dodo.py runs" not in run.text
    assert "3 ran, 1 reused" in run.text
    assert built.read("both") == "changedb\n"
    assert built.run("all").text == "all: up to date\n", "a certificate is issued again"


def test_an_edit_imports_nothing_that_costs_more_than_it_does(built):
    built.dodo(DODO.replace('command=["bin/cp"', "cached=name == 'b', command=[\"bin/cp\""))
    for _ in range(4):
        assert built.run("both").code == 0  # It has a certificate of its own then.
    built.write("src/a", "changed")
    script = AN_EDIT.format(root=str(ROOT), folder=str(built.folder), python=sys.executable)

    words = [sys.executable, "-I", "-S", "-c", script]
    run = subprocess.run(words, env=built.environ, capture_output=True, text=True)

    assert run.returncode == 0, run.stderr
    assert "2 ran, 1 reused" in run.stdout
    imported = set(run.stdout.splitlines()[-1].split()[1:])
    assert "buildgraph.running.loop" in imported
    assert sorted(imported & COSTLY) == []
    assert not [name for name in imported if name.startswith(("buildgraph.store", "buildgraph.caches"))]


def test_an_edit_of_a_cached_rule_needs_nothing_but_the_standard_library(built):
    built.dodo(DODO.replace('command=["bin/cp"', 'cached=True, command=["bin/cp"'))
    (built.folder / "out/b").unlink()
    for _ in range(4):
        assert built.run("both").code == 0
    script = AN_EDIT.format(root=str(ROOT), folder=str(built.folder), python=sys.executable)
    said = []
    for text in ("changed", "b"):
        built.write("src/b", text)
        words = [sys.executable, "-I", "-S", "-c", script]
        run = subprocess.run(words, env=built.environ, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        said.append(run.stdout)
    assert "2 ran, 1 reused" in said[0]
    assert "1 ran, 1 from the cache, 1 reused" in said[1]
    assert "buildgraph.store.store" in said[1]
    assert "doit" not in said[1].split()
    assert built.read("both") == "ab\n"


def test_a_touched_file_runs_nothing(built):
    (built.folder / "src/b").touch()

    assert built.run("all").text == "all: up to date\n"


def test_a_new_file_is_found_by_the_pattern(built):
    built.write("src/c", "c")

    run = built.run("all")

    assert made(run) == ["listed"]
    assert "dodo.py runs" not in run.text


def test_a_tampered_output_is_made_again(built):
    built.write("out/b", "tampered")

    assert made(built.run("all")) == ["copy:b"], "what follows has its content still"
    assert built.read("both") == "ab\n"


def test_a_changed_definition_is_loaded(built):
    built.dodo(DODO.replace('"both", "out/a"', '"both"'))

    run = built.run("all")

    assert "dodo.py runs" in run.text
    assert made(run) == ["both"]


def test_what_another_command_line_did_is_known(built):
    built.write("src/a", "changed")
    assert made(built.run("copy")) == ["copy:a"]

    run = built.run("all")

    assert made(run) == ["both", "listed"]
    assert "dodo.py runs" not in run.text
    assert built.read("both") == "changedb\n"


def test_what_another_command_line_forgot_is_made(built):
    assert built.run("forget", "copy:a").code == 0

    assert made(built.run("all")) == ["copy:a"]


def test_what_another_command_line_removed_is_made(built):
    assert built.run("clean", "both").code == 0
    assert not built.exists("both")

    assert made(built.run("all")) == ["both"]


def test_an_edit_that_defines_nothing_new_runs_nothing(built):
    built.dodo("# A comment, so that everything stands a line lower.\n" + DODO)

    assert "dodo.py runs" in built.run("all").text
    for _ in range(3):
        run = built.run("all")
    assert run.text == "all: up to date\n", "a certificate is issued again"


def test_a_task_that_the_certificate_did_not_cover_is_looked_at(built):
    built.dodo(DODO.replace('"listed"]}', '"listed", "other"]}'))

    assert made(built.run("all")) == ["other"]


def test_a_task_that_was_defined_otherwise_meanwhile_is_looked_at(built):
    built.dodo(DODO.replace('"both", "out/a", "out/b"]', '"both", "out/b"]'))
    assert made(built.run("both")) == ["both"]
    built.dodo(DODO)

    assert made(built.run("all")) == ["both"]
    assert built.read("both") == "ab\n"


def test_what_a_removed_rule_left_is_removed(built):
    built.dodo(DODO.replace('for name in ("a", "b")', 'for name in ("a",)').replace(', "out/b"]', "]"))

    assert made(built.run("all")) == ["both"]
    assert not built.exists("out/b")
    built.dodo(DODO)
    assert made(built.run("all")) == ["both", "copy:b"]


def test_what_was_made_under_other_default_tasks_is_not_taken_for_all(checkout):
    checkout.write("src/a", "a")
    checkout.write("src/b", "b")
    checkout.write("bin/cp", '#!/bin/sh\ncp "$1" "$2"\n').chmod(0o755)
    checkout.dodo(DODO + "DOIT_CONFIG = {'default_tasks': ['copy:a']}\n")
    for _ in range(4):
        run = checkout.run()
    assert run.text == "copy:a: up to date\n"
    checkout.dodo(DODO + "DOIT_CONFIG = {'default_tasks': ['copy']}\n")

    assert made(checkout.run()) == ["copy:b"]


def test_after_a_failure_the_graph_is_loaded_again(built):
    built.write("src/a", "changed")
    built.write("bin/cat", "#!/bin/sh\nexit 3\n")

    assert "dodo.py runs" not in built.run("all").text
    assert "dodo.py runs" in built.run("all").text


def test_a_failure_is_not_forgotten(built):
    built.write("src/a", "changed")
    built.write("bin/cp", "#!/bin/sh\nexit 3\n")
    assert built.run("all").code == 1
    built.write("bin/cp", '#!/bin/sh\ncp "$1" "$2"\n')

    assert made(built.run("all")) == ["both", "copy:a", "copy:b", "listed"]


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_a_damaged_stored_graph_is_as_good_as_none(built, damage):
    (graph,) = (built.folder / ".buildgraph/graphs").iterdir()
    graph.unlink() if damage == "gone" else graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    built.write("src/a", "changed")

    run = built.run("all")

    assert "dodo.py runs" in run.text
    assert made(run) == ["both", "copy:a", "listed"]


def test_what_another_definition_left_is_removed_though_the_graph_is_the_stored_one(checkout):
    checkout.dodo(
        """
        import os
        print("dodo.py runs")
        KIND = os.environ["KIND"]
        def task_t():
            return rule(outputs=[KIND], command=["python", "-c", f"open('{KIND}', 'w').write('1')"])
        """
    )
    for _ in range(5):
        if "dodo.py runs" not in checkout.run("t", environ={"KIND": "one"}).text:
            break
    checkout.run(environ={"KIND": "two"})
    assert checkout.exists("two")

    run = checkout.run("t", environ={"KIND": "one"})

    assert "dodo.py runs" not in run.text
    assert made(run) == ["t"]
    assert checkout.exists("one")
    assert not checkout.exists("two")


def test_a_group_that_is_given_an_action_runs_it(built):
    text = DODO.replace('"both", "listed"', '"both"')
    built.dodo(text)
    for _ in range(3):
        built.run("all")
    built.dodo(text.replace('{"actions": None,', '{"actions": ["echo > acted"],'))

    for _ in range(3):
        assert built.run("all").code == 0
        assert built.exists("acted"), "a plain action is never recorded"
        (built.folder / "acted").unlink()


MEANWHILE = """
MAKE = ["bin/meanwhile"]
def task_first():
    return rule(inputs=["go"], outputs=["first"], command=[*MAKE, "first", "go"])
def task_exact():
    return rule(inputs=["src/a"], outputs=["exact"], command=[*MAKE, "exact", "src/a"])
def task_pattern():
    return rule(inputs=["src/*"], outputs=["pattern"], command=[*MAKE, "pattern"], inherit=["FLAVOUR"])
def task_last():
    return rule(inputs=["first", "src/*"], outputs=["last"], command=[*MAKE, "last", "first"])
"""


@pytest.mark.parametrize("edit", ["changed > src/a", "new > src/new"])
def test_what_changed_after_the_run_began_is_not_certified_for_tasks_that_were_proved_before(checkout, edit):
    """`first` takes long, and meanwhile somebody edits what `last` will see, and what others were proved with."""
    checkout.dodo(MEANWHILE)
    script = 'out=$1; shift; cat /dev/null "$@" src/* > "$out"; if [ -e trap ]; then . ./trap; rm trap; fi'
    checkout.write("bin/meanwhile", f"#!/bin/sh\n{script}\n".replace("\\\n", "\n")).chmod(0o755)
    checkout.write("src/a", "a")
    checkout.write("go", "1")
    for _ in range(4):
        run = checkout.run()
    assert "up to date" in run.text
    checkout.write("go", "2")
    checkout.write("trap", f"echo {edit}")

    assert made(checkout.run()) == ["first", "last"]
    assert made(checkout.run()) == (["exact", "pattern"] if "src/a" in edit else ["pattern"])
    assert "up to date" in checkout.run().text


def test_a_check_that_judges_what_is_made_before_it_is_not_proved_with_what_was_there(checkout):
    checkout.dodo(
        """
        def task_make():
            return rule(inputs=["a"], outputs=["b"], command=["bin/cp", "a", "b"])
        def task_judge():
            return check(judges=["b"], command=["bin/cmp", "b", "wanted"])
        """
    )
    for name in ("cp", "cmp"):
        checkout.write(f"bin/{name}", f'#!/bin/sh\n{name} "$@"\n').chmod(0o755)
    for name in ("a", "wanted"):
        checkout.write(name, "1")
    for _ in range(4):
        run = checkout.run("make", "judge")
    assert "up to date" in run.text
    checkout.write("a", "2")

    assert checkout.run("make", "judge").code == 1
