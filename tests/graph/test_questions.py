"""What `dodo.py` asks while it is loaded is part of what it says: another answer loads it again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shelled import shelled

ROOT = Path(__file__).parents[2]

DODO = """
import os, sys, glob as globs, shutil, platform
from pathlib import Path
def task_t(): return rule(outputs=["out"], command=S("printf %s \\"$2\\" > $1", "out", {}))
"""

ASKED = {
    "os.path.exists": ("os.path.exists('f')", "touch f"),
    "os.path.lexists": ("os.path.lexists('f')", "ln -s nowhere f"),
    "os.path.isfile": ("os.path.isfile('f')", "touch f"),
    "os.path.isdir": ("os.listdir('d') if os.path.isdir('d') else []", "mkdir d; touch d/x"),
    "os.path.islink": ("os.path.islink('src')", "mv src real; ln -s real src"),
    "os.path.getsize": ("os.path.getsize('src/a')", "echo more >> src/a"),
    "os.path.getmtime": ("os.path.getmtime('src/a')", "touch -d 2001-01-01 src/a"),
    "os.path.realpath": ("os.path.relpath(os.path.realpath('l'))", "rm l; ln -s src/b l"),
    "os.path.samefile": ("os.path.samefile('l', 'src/a')", "rm l; ln -s src/b l"),
    "os.path.expanduser": ("os.path.expanduser('~/x')", "HOME=/elsewhere"),
    "os.stat": ("oct(os.stat('src/a').st_mode)", "chmod 600 src/a"),
    "os.lstat": ("os.lstat('l').st_size", "rm l; ln -s ./src/a l"),
    "os.readlink": ("os.readlink('l')", "rm l; ln -s src/b l"),
    "os.access": ("os.access('src/a', os.X_OK)", "chmod +x src/a"),
    "os.scandir": ("sorted(e.stat().st_size for e in os.scandir('src'))", "echo more >> src/a"),
    "os.walk": ("sorted(n for _, _, names in os.walk('src') for n in names)", "touch src/c"),
    "glob.glob star": ("sorted(globs.glob('*/setup.cfg'))", "mkdir -p p; touch p/setup.cfg"),
    "glob.glob deep": (
        "sorted(globs.glob('src/**/new', recursive=True))",
        "mkdir src/deep; touch src/deep/new",
    ),
    "glob.glob plain": ("globs.glob('src/new')", "touch src/new"),
    "Path.exists": ("Path('f').exists()", "touch f"),
    "Path.is_dir": ("Path('d').is_dir()", "mkdir d"),
    "Path.is_file": ("Path('f').is_file()", "touch f"),
    "Path.is_symlink": ("Path('src').is_symlink()", "mv src real; ln -s real src"),
    "Path.stat": ("Path('src/a').stat().st_size", "echo more >> src/a"),
    "Path.resolve": ("Path('l').resolve().name", "rm l; ln -s src/b l"),
    "Path.glob": ("sorted(p.name for p in Path('.').glob('*/a'))", "mkdir p; touch p/a"),
    "Path.rglob": ("sorted(p.name for p in Path('src').rglob('*'))", "touch src/c"),
    "Path.iterdir": ("sorted(p.name for p in Path('src').iterdir())", "touch src/c"),
    "Path.read_text": ("Path('src/a').read_text()", "echo more >> src/a"),
    "shutil.which": (
        "shutil.which('tool', path='bin')",
        "mkdir bin; printf '#!/bin/sh' > bin/tool; chmod +x bin/tool",
    ),
    "os.environ": ("os.environ.get('KIND')", "KIND=new"),
    "os.environ in": ("'KIND' in os.environ", "KIND=new"),
    "os.getenv": ("os.getenv('KIND')", "KIND=new"),
    "os.environb": ("os.environb.get(b'KIND')", "KIND=new"),
    "os.getenvb": ("os.getenvb(b'KIND')", "KIND=new"),
    "os.path.expandvars": ("os.path.expandvars('$KIND')", "KIND=new"),
    "len(os.environ)": ("len(os.environ)", "KIND=new"),
    "sorted(os.environ)": ("sorted(os.environ)", "KIND=new"),
    "os.walk through a link": (
        "sorted(d for _, folders, _ in os.walk('d') for d in folders)",
        "rm -r far; touch far",
    ),
    "DirEntry.is_dir of a link": ("[e.is_dir() for e in os.scandir('d')]", "rm -r far; touch far"),
    "Path.glob of folders": ("[p.name for p in Path('d').glob('*/')]", "rm -r far; touch far"),
    "missing module": (
        "'local' in sys.modules or __import__('importlib').util.find_spec('local') is not None",
        "touch local.py",
    ),
}
"""What is asked, and what changes the answer: a line of shell, or a variable."""


def answer(checkout) -> str:
    return checkout.read("out")


@pytest.mark.parametrize("asked", ASKED)
def test_changed_answer_loads_the_definitions_again(checkout, asked):
    question, change = ASKED[asked]
    shelled(checkout, DODO.format(f"str({question})"))
    for name in ("a", "b"):
        checkout.write(f"src/{name}", name)
    (checkout.folder / "l").symlink_to("src/a")
    for folder in ("d", "far"):
        if "far" in change:
            (checkout.folder / folder).mkdir()
    if "far" in change:
        (checkout.folder / "d/l").symlink_to("../far")
    for _ in range(4):
        run = checkout.run()
        assert run.code == 0, run
    before = answer(checkout)
    variable, is_variable, value = change.partition("=")
    environ = {variable: value} if is_variable and " " not in variable else {}
    if not environ:
        assert os.system(f"cd '{checkout.folder}' && {change}") == 0
    run = checkout.run(environ=environ)
    assert run.code == 0, run
    assert answer(checkout) != before


@pytest.mark.parametrize(
    "question", ["os.path.exists('src')", "Path('src').is_dir()", "os.path.realpath('src/a')"]
)
def test_question_with_the_same_answer_loads_nothing_again(checkout, question):
    shelled(checkout, 'print("loads")\n' + DODO.format(f"str({question})"))
    checkout.write("src/a", "")
    for _ in range(4):
        run = checkout.run()
    assert run.text == "t: up to date\n"
    checkout.write("src/b", "")
    assert checkout.run().text == "t: up to date\n"


@pytest.mark.parametrize(
    ("question", "variable", "value"),
    [
        ("__import__('datetime').datetime.fromtimestamp(0).hour", "TZ", "Asia/Tokyo"),
        ("__debug__", "PYTHONOPTIMIZE", "1"),
    ],
)
def test_variable_that_python_reads_when_it_starts_is_noted(checkout, question, variable, value):
    shelled(checkout, DODO.format(f"str({question})"))
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    words = [sys.executable, "-m", "buildgraph"]
    for _ in range(4):
        assert subprocess.run(words, cwd=checkout.folder, env=environ, capture_output=True).returncode == 0
    before = answer(checkout)
    environ[variable] = value
    assert subprocess.run(words, cwd=checkout.folder, env=environ, capture_output=True).returncode == 0
    assert answer(checkout) != before


UNCOVERED = {
    "import time; X = time.time()": "asks for the time",
    "import time; X = time.strftime('%Y')": "asks for the time",
    "import datetime; X = datetime.datetime.now()": "asks for the time",
    "from datetime import date; X = date.today()": "asks for the time",
    "import random; X = random.random()": "asks for chance",
    "import uuid; X = uuid.uuid4()": "asks for chance",
    "import secrets; X = secrets.token_hex()": "asks for chance",
    "import os; X = os.getpid()": "asks for a process",
    "import os; X = os.getloadavg()": "asks for the machine's load",
    "import os; X = os.statvfs('.')": "asks for a disk",
    "import random; X = random.Random().random()": "asks for chance",
    "import time; X = time.clock_gettime(time.CLOCK_REALTIME)": "asks for the time",
    "import os; X = str(os.environ)": "reads the whole environment",
    "import os; X = os.path.getatime('dodo.py')": "asks when a file was read",
    "import os; X = os.sysconf('SC_PAGE_SIZE')": "asks for the machine",
    "import os; X = dict(os.environ)": "reads the whole environment",
    "import sys; X = sys.stdin.isatty()": "asks for the standard input",
    "import subprocess; X = subprocess.run(['true'])": "starts a process",
    "import socket; X = socket.gethostname()": "asks for the machine's name",
    "open('effect', 'w').close()": "changes files, folders or the environment",
}


@pytest.mark.parametrize("line", UNCOVERED)
def test_what_cannot_be_asked_again_leaves_no_certificate_and_names_the_line(checkout, line):
    shelled(checkout, f"\n{line}\nprint('loads')\n" + DODO.format("'x'"))
    for _ in range(3):
        run = checkout.run()
        assert run.code == 0, run
        assert "loads" in run.text
    assert f"note: dodo.py, line 5 {UNCOVERED[line]}, so every run loads 'dodo.py'\n" in run.text


def test_line_of_a_helper_that_asks_is_named(checkout):
    shelled(checkout, "import helper\n" + DODO.format("'x'"))
    checkout.write("helper.py", "import time\n\n\nX = time.time()\n")
    checkout.run()
    assert "note: helper.py, line 4 asks for the time, so every run loads 'dodo.py'\n" in checkout.run().text


@pytest.mark.parametrize(
    "question",
    ["os.cpu_count()", "platform.node()", "platform.machine()", "os.getuid()", "os.uname().release"],
)
def test_question_about_the_machine_is_asked_again(checkout, question):
    """The answer is of the machine, so it is the certificate's note of it that is looked at."""
    from buildgraph.proof import certificate

    shelled(checkout, DODO.format(f"str({question})"))
    for _ in range(4):
        run = checkout.run()
    assert run.text == "t: up to date\n"
    here = os.getcwd()
    os.chdir(checkout.folder)
    try:
        _, definitions, *_ = certificate.read([])
    finally:
        os.chdir(here)
    from buildgraph.observe.questions import are_answered

    name, arguments, said = definitions[5][0]
    assert are_answered(definitions[5])
    assert not are_answered([(name, arguments, "another")]), said


def test_functions_are_as_they_were_after_loading():
    import datetime
    import pathlib
    import sys

    from buildgraph.observe.loading import Loading

    def there():
        return [
            *(os.stat, os.scandir, os.environ, os.environb, os.path.exists, pathlib.Path.exists),
            *(datetime.datetime, datetime.date, sys.stdin),
        ]

    before = there()
    with Loading():
        assert not any(one is other for one, other in zip(before, there(), strict=True))
    assert all(one is other for one, other in zip(before, there(), strict=True))
