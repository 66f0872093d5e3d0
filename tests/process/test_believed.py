"""What a certificate, or a graph that was stored, must not be believed about: each was believed once.

In real processes, as a person starts them: the certificate first, then the engine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
HOLDS = "import sys\nfrom buildgraph.proof.certificate import holds\ns = holds(sys.argv[1:])\nif s is None: sys.exit(9)\nprint(s)"
ENV = {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT}
DODO = """
from buildgraph import check, rule
def task_copy():
    for name in ("a", "b"):
        yield rule(name=name, inputs=[f"src/{name}"], outputs=[f"out/{name}"], command=["bin/cp", f"src/{name}", f"out/{name}"])
def task_both():
    return rule(inputs=["out/a", "out/b"], outputs=["both"], command=["bin/cat", "both", "out/a", "out/b"])
def task_all():
    return {"actions": None, "task_dep": ["copy", "both"]}
"""
BOTH = DODO[DODO.index("def task_both") : DODO.index("def task_all")]


class Checkout:
    def __init__(self, folder: Path, dodo: str = DODO, python: str = sys.executable) -> None:
        self.folder, self.python = folder, python
        folder.mkdir(exist_ok=True)
        for path, text in (("dodo.py", textwrap.dedent(dodo)), ("src/a", "a\n"), ("src/b", "b\n")):
            if not (folder / path).exists():
                self.write(path, text)
        self.write("bin/cp", '#!/bin/sh\ncp "$1" "$2"\n').chmod(0o755)
        self.write(
            "bin/cat", '#!/bin/sh\nout=$1; shift; cat /dev/null "$@" > "$out"; echo >> "$out"\n'
        ).chmod(0o755)
        time.sleep(0.1)

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def engine(self, *argv: str, **more):
        return subprocess.run(
            [self.python, "-m", "buildgraph", *argv],
            cwd=self.folder,
            env=ENV,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **more,
        )

    def run(self, *argv: str):
        """Run as the launcher does: the certificate first."""
        done = subprocess.run(
            [self.python, "-c", HOLDS, *argv], cwd=self.folder, env=ENV, text=True, capture_output=True
        )
        return done if done.returncode == 0 else self.engine(*argv)

    def certify(self, *argv: str) -> Checkout:
        for _ in range(3):
            assert self.run(*argv).returncode == 0
            time.sleep(0.05)
        return self


def test_a_copied_checkout_has_its_own_dodo(tmp_path):
    Checkout(tmp_path / "one").certify("all")
    shutil.copytree(tmp_path / "one", tmp_path / "two", symlinks=True)
    two = Checkout(tmp_path / "two").certify("all")
    two.write("dodo.py", DODO.replace('"both", "out/a"', '"both"'))
    time.sleep(0.1)
    two.run("all")
    assert two.read("both") == "b\n\n"


def test_a_loop_of_links_is_one_sentence(tmp_path):
    one = Checkout(tmp_path / "one").certify("all")
    (one.folder / "src").rename(one.folder / "old")
    (one.folder / "src").symlink_to("src")
    assert "Traceback" not in one.run("all").stdout
    assert one.run("all").returncode == 1


def test_a_run_that_could_not_begin_certifies_nothing(tmp_path):
    one = Checkout(tmp_path / "one")
    (one.folder / ".buildgraph/ledger").mkdir(parents=True)
    assert one.run("all").returncode == 1
    assert "up to date" not in one.run("all").stdout


def test_a_notice_to_a_closed_pipe_certifies_nothing(tmp_path):
    one = Checkout(tmp_path / "one").certify("all")
    one.write("dodo.py", DODO.replace(BOTH, "").replace(', "both"]', "]"))
    one.write("src/a", "changed\n")
    time.sleep(0.1)
    subprocess.run(
        ["sh", "-c", f"'{one.python}' -m buildgraph all 2>/dev/null | true"], cwd=one.folder, env=ENV
    )
    time.sleep(0.3)
    one.run("all")
    assert one.read("out/a") == "changed\n"


def test_an_optional_module_that_appears_is_seen(tmp_path):
    head = "try:\n    from local_config import WORDS\nexcept ImportError:\n    WORDS = []\n"
    one = Checkout(
        tmp_path / "one", head + DODO.replace('"both", "out/a"', '"both", *WORDS, "out/a"')
    ).certify("all")
    one.write("local_config.py", "WORDS = ['src/b']\n")
    time.sleep(0.1)
    one.run("all")
    assert one.read("both").startswith("b\n")


def test_a_file_that_appears_between_two_looks_at_its_folder(tmp_path):
    dodo = """
    from buildgraph import rule
    def task_one():
        return rule(inputs=["src/*.c"], outputs=["one"], command=["bin/cat", "one"])
    def task_big():
        return rule(inputs=["big"], outputs=["two"], command=["bin/cp", "src/a", "two"], after=["one"])
    def task_three():
        return rule(inputs=["src/*.h"], outputs=["three"], command=["bin/cat", "three"], after=["big"])
    def task_all():
        return {"actions": None, "task_dep": ["one", "big", "three"]}
    """
    one = Checkout(tmp_path / "one", dodo)
    with open(one.folder / "big", "wb") as file:
        file.truncate(1_500 << 20)
    one.certify("all")
    (one.folder / "big").touch()
    time.sleep(0.1)
    process = subprocess.Popen([one.python, "-m", "buildgraph", "all"], cwd=one.folder, env=ENV)
    time.sleep(0.8)  # It reads 'big' again.
    assert process.poll() is None, "make 'big' bigger"
    one.write("src/new.c", "new")
    process.wait()
    assert "made    one" in one.run("all").stdout


def test_what_was_forgotten_during_a_foreground_check_is_not_certified(tmp_path):
    dodo = (
        DODO
        + """
def task_check():
    return check(inputs=["src/t"], command=["bin/slow"], foreground=True)
def task_every():
    return {"actions": None, "task_dep": ["all", "check"]}
"""
    )
    one = Checkout(tmp_path / "one", dodo)
    one.write("bin/slow", "#!/bin/sh\nsleep 2\n").chmod(0o755)
    one.write("src/t", "t")
    time.sleep(0.1)
    one.certify("every")
    one.write("src/t", "t2")
    time.sleep(0.1)
    process = subprocess.Popen([one.python, "-m", "buildgraph", "every"], cwd=one.folder, env=ENV)
    time.sleep(1)
    assert one.engine("forget", "copy:a").returncode == 0
    process.wait()
    assert "made    copy:a" in one.run("every").stdout


def test_another_tools_environment_makes_what_python_made_stale(tmp_path):
    import doit

    site = str(Path(doit.__file__).parents[1])
    pythons = []
    for name in ("va", "vb"):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / name)], check=True)
        next((tmp_path / name).glob("lib/python3*/site-packages")).joinpath("x.pth").write_text(site + "\n")
        pythons.append(str(tmp_path / name / "bin/python"))
    dodo = """
    from buildgraph import rule
    def task_one():
        return rule(inputs=["src/a"], outputs=["one"], command=["python", "-c", "import sys; open(sys.argv[1], 'w').write(sys.prefix)", "one"])
    """
    one = Checkout(tmp_path / "one", dodo, pythons[0]).certify("one")
    one.python = pythons[1]
    one.write("src/a", "changed\n")
    time.sleep(0.1)
    one.engine("one")
    assert one.read("one") == str(tmp_path / "vb")


def test_a_variable_that_dodo_sets_is_set(tmp_path):
    dodo = """
    import os
    from buildgraph import rule
    os.environ["FLAVOUR"] = "vanilla"
    def task_one():
        return rule(inputs=["src/a"], outputs=["one"], inherit=["FLAVOUR"],
                    command=["python", "-c", "import os, sys; open(sys.argv[1], 'w').write(os.environ.get('FLAVOUR', 'none'))", "one"])
    """
    one = Checkout(tmp_path / "one", dodo).certify("one")
    assert one.read("one") == "vanilla"


def test_a_file_that_dodo_writes_comes_back(tmp_path):
    dodo = """
    import os
    from buildgraph import rule
    if not os.path.exists("gen.cfg"):
        open("gen.cfg", "w").write("x")
    def task_one():
        return rule(inputs=["gen.cfg"], outputs=["one"], command=["bin/cp", "gen.cfg", "one"])
    """
    one = Checkout(tmp_path / "one", dodo).certify("one")
    (one.folder / "gen.cfg").unlink()
    one.run("one")  # That it asks whether the file is there is not heard, so this fails, once.
    assert one.run("one").returncode == 0


def test_modules_that_were_swapped_while_a_task_ran_are_loaded(tmp_path):
    dodo = "from lib.helper import WORD\n" + DODO.replace('"both", "out/a"', '"both", WORD, "out/a"')
    one = Checkout(tmp_path / "one", dodo)
    one.write("lib/helper.py", "WORD = 'src/a'\n")
    one.write("lib2/helper.py", "WORD = 'src/b' # \n")
    one.write("bin/cp", '#!/bin/sh\nsleep 1; cp "$1" "$2"\n')
    for name in ("lib", "lib2"):  # Bytecode is there, so the source itself is not opened.
        subprocess.run([one.python, "-c", f"import {name}.helper"], cwd=one.folder, env=ENV, check=True)
    time.sleep(0.1)
    process = subprocess.Popen([one.python, "-m", "buildgraph", "all"], cwd=one.folder, env=ENV)
    time.sleep(0.8)
    (one.folder / "lib").rename(one.folder / "lib1")
    (one.folder / "lib2").rename(one.folder / "lib")
    process.wait()
    one.run("all")
    assert one.read("both").startswith("b\n")


def test_a_link_under_a_pattern_that_leads_to_a_file_now(tmp_path):
    dodo = """
    from buildgraph import rule
    def task_one():
        return rule(inputs=["pkg/*/data"], outputs=["one"], command=["bin/cat", "one"])
    """
    one = Checkout(tmp_path / "one", dodo)
    one.write("pkg/y/data", "y")
    (one.folder / "pkg/x").mkdir()
    (one.folder / "t/target").mkdir(parents=True)
    (one.folder / "pkg/x/data").symlink_to("../../t/target")
    time.sleep(0.1)
    one.certify("one")
    (one.folder / "t/target").rmdir()
    one.write("t/target", "file")
    assert "made    one" in one.run("one").stdout


def test_a_database_that_dodo_reads_is_seen(tmp_path):
    import sqlite3

    dodo = """
    import sqlite3
    from buildgraph import rule
    WORD = sqlite3.connect("db").execute("select w from t").fetchone()[0]
    def task_one():
        return rule(inputs=["src/a"], outputs=["one"], command=["python", "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", "one", WORD])
    """
    (tmp_path / "one").mkdir()
    base = sqlite3.connect(tmp_path / "one/db")
    base.executescript("create table t(w); insert into t values('A')")
    one = Checkout(tmp_path / "one", dodo).certify("one")
    base.executescript("update t set w = 'B'")
    time.sleep(0.1)
    one.run("one")
    assert one.read("one") == "B"


def test_a_damaged_stored_graph_is_written_again(tmp_path):
    one = Checkout(tmp_path / "one", "print('dodo.py runs')\n" + DODO).certify("all")
    (graph,) = (one.folder / ".buildgraph/graphs").iterdir()
    os.truncate(graph, 0)
    for text in ("1", "2"):
        one.write("src/a", text)
        time.sleep(0.1)
        last = one.run("all").stdout
    assert "dodo.py runs" not in last


def test_a_time_in_the_future_does_not_spoil_the_certificate(tmp_path):
    one = Checkout(tmp_path / "one", "print('dodo.py runs')\n" + DODO)
    os.utime(one.folder / "src/a", (2.2e9, 2.2e9))
    time.sleep(0.1)
    one.certify("all")
    assert "dodo.py runs" not in one.run("all").stdout


def test_the_environment_that_is_wanted_is_not_the_one_that_goes(tmp_path, monkeypatch):
    from buildgraph.rooms.environment import parked

    monkeypatch.chdir(tmp_path)
    for number in range(parked.KEPT):
        Path(".venv").mkdir()
        parked.park(Path(".venv"), f"b{number}")
        time.sleep(0.02)
    Path(".venv").mkdir()
    parked.park(Path(".venv"), "current")  # as `_prepare` does on the way back to b0
    parked.take(Path(".venv"), "b0")
    parked.prune()
    assert sorted(os.listdir(parked.FOLDER)) == ["b1", "b2", "current"]


def test_edits_after_a_first_build_need_no_idle_run_between_to_be_fast(tmp_path, monkeypatch):
    one = Checkout(tmp_path / "one")
    one.write("both", "")
    os.unlink(one.folder / "both")
    assert one.run("all").returncode == 0
    for text in ("2\n", "3\n"):
        one.write("src/a", text)
        time.sleep(0.1)
        assert "2 ran, 1 reused" in one.run("all").stdout
        assert one.run("all").stdout == "all: up to date\n"
    assert one.read("both") == "3\nb\n\n"


def test_an_input_that_a_command_removed_unasked_is_missed_by_the_next_run(tmp_path):
    dodo = DODO.replace('"bin/cat", "both"', '"bin/greedy", "both"')
    one = Checkout(tmp_path / "one", dodo)
    one.write("bin/greedy", '#!/bin/sh\ncat "$2" "$3" > "$1"\n').chmod(0o755)
    time.sleep(0.1)
    one.certify("all")
    one.write("bin/greedy", '#!/bin/sh\ncat "$2" "$3" > "$1"\nrm -f out/b\n').chmod(0o755)
    one.write("src/a", "2\n")
    time.sleep(0.1)
    one.run("all")
    assert not (one.folder / "out/b").exists()
    one.write("bin/greedy", '#!/bin/sh\ncat "$2" "$3" > "$1"\n').chmod(0o755)
    time.sleep(0.1)
    assert "made    copy:b" in one.run("all").stdout
    assert one.read("both") == "2\nb\n"


def test_a_later_check_sees_what_another_run_built_while_an_earlier_one_was_in_front(tmp_path):
    dodo = """
from buildgraph import check, rule
def task_first():
    return check(inputs=["t"], command=["bin/slow"], foreground=True)
def task_made():
    return rule(inputs=["s*.txt"], outputs=["made"], command=["bin/cp", "s.txt", "made"])
def task_second():
    return check(inputs=["made"], command=["bin/good", "made"], foreground=True, after=["first"])
"""
    one = Checkout(tmp_path / "one", dodo)
    one.write("bin/slow", "#!/bin/sh\nsleep 2\n").chmod(0o755)
    one.write("bin/good", '#!/bin/sh\ngrep -q good "$1"\n').chmod(0o755)
    one.write("t", "1")
    one.write("s.txt", "good\n")
    time.sleep(0.1)
    one.certify("first", "made", "second")
    one.write("t", "2")
    process = subprocess.Popen(
        [one.python, "-m", "buildgraph", "first", "made", "second"], cwd=one.folder, env=ENV
    )
    time.sleep(1)
    one.write("s.txt", "bad\n")
    assert one.engine("made").returncode == 0
    assert process.wait() == 1
