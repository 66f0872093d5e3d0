"""The environment's `doit`: what it does itself, and when it hands over to doit in the tools environment."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

from buildgraph import bootstrap
from buildgraph.rooms.environment import launcher

ROOT = pathlib.Path(__file__).parents[2]
DODO = """
from buildgraph import bootstrap
bootstrap.hand_over(__file__, __name__)
from buildgraph import option, rule
DOIT_CONFIG = {"default_tasks": ["copy"]}
def task_copy():
    for name in "ab":
        yield rule(name=name, inputs=[name], outputs=[f"out/{name}"], command=["bin/copy", name, f"out/{name}"])
def task_say():
    return rule(inputs=["a"], outputs=["said"], command=["python", "say.py", "said"], options=[option("word", "hello")])
"""
STOCK = (
    "import sys; sys.prefix = '/usr'; sys.argv[0] = 'doit'; from doit.__main__ import main; sys.exit(main())"
)
"""A doit of another environment, as pipx has one."""


class Launched:
    """A checkout with a launcher, and a note of what was handed over to the tools environment."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        shutil.copytree(
            ROOT / "buildgraph", folder / "buildgraph", ignore=shutil.ignore_patterns("__pycache__")
        )
        (folder / "dodo.py").write_text(DODO)
        (folder / "say.py").write_text("import sys; open(sys.argv[1], 'w').write(' '.join(sys.argv[2:]))")
        for name in ("bin", "requirements", "venv"):
            (folder / name).mkdir()
        (folder / "bin/copy").write_text('#!/bin/sh\nexec cp "$1" "$2"\n')
        (folder / "requirements/build.txt").write_text("# nothing more\n")
        for name in "ab":
            (folder / name).write_text(name)
        tools = pathlib.Path(bootstrap.tools_python(os.fspath(folder)))
        tools.parents[1].parent.mkdir(parents=True)
        tools.parents[1].symlink_to(sys.prefix)
        with (folder / "buildgraph/adapter/front.py").open("a") as file:  # What only doit's main needs.
            file.write(
                f"\nimport sys; open({os.fspath(folder / 'handed-over')!r}, 'a').write(f'{{sys.argv}}\\n')\n"
            )
        python = folder / "venv/python"
        python.symlink_to(pathlib.Path(sys.executable).resolve())
        (folder / "bin/copy").chmod(0o755)
        launcher.write(python, "doit", os.fspath(folder / "dodo.py"))

    def doit(self, *words: str, code: int = 0) -> str:
        """Run the launcher and return what it says."""
        command = [os.fspath(self.folder / "venv/doit"), *words]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert run.returncode == code, run
        return run.stdout + run.stderr

    def handed_over(self) -> list[str]:
        """Return what was handed over since this was asked for last."""
        note = self.folder / "handed-over"
        found = note.read_text().splitlines() if note.exists() else []
        note.unlink(missing_ok=True)
        return found


@pytest.fixture
def launched(tmp_path: pathlib.Path) -> Launched:
    return Launched(tmp_path)


def certify(launched: Launched, *words: str) -> None:
    while "up to date" not in launched.doit(*words):
        time.sleep(0.05)
    launched.handed_over()


def test_an_edit_is_built_without_doit(launched):
    certify(launched)
    for content in ("more", "and more"):
        (launched.folder / "a").write_text(content)
        assert "copy: 1 ran, 1 reused" in launched.doit()
        assert (launched.folder / "out/a").read_text() == content
    assert launched.doit() == "copy: up to date\n"
    assert launched.handed_over() == []


def test_words_and_options_of_tasks_are_read_without_doit_as_with_it(launched):
    certify(launched, "say", "--word=good bye", "copy:b")
    (launched.folder / "a").write_text("more")
    assert "made    say" in launched.doit("say", "--word=good bye", "copy:b")
    assert (launched.folder / "said").read_text() == "--word=good bye"
    assert launched.handed_over() == []


def test_a_failure_and_its_mending_need_no_doit(launched):
    certify(launched, "copy:a")
    (launched.folder / "bin/copy").write_text("#!/bin/sh\necho no >&2; exit 3\n")
    said = launched.doit("copy:a", code=1)
    assert "failed  copy:a" in said and "exit code 3" in said
    assert launched.handed_over() == []
    (launched.folder / "bin/copy").write_text('#!/bin/sh\nexec cp "$1" "$2"\n')
    launched.doit("copy:a")
    assert len(launched.handed_over()) == 1  # Doubted: another graph may come of what was mended.


@pytest.mark.parametrize(
    "words", [("-n1", "copy"), ("list", "--all"), ("graph", "copy"), ("help",), ("copy:c",)], ids=" ".join
)
def test_what_needs_doit_is_handed_over_once(launched, words):
    certify(launched)
    (launched.folder / "a").write_text("more")
    launched.doit(*words, code=1 if words == ("copy:c",) else 0)
    assert len(launched.handed_over()) == 1


def test_moved_definitions_are_handed_over_once(launched):
    certify(launched)
    with (launched.folder / "dodo.py").open("a") as file:
        file.write("# a comment more\n")
    launched.doit()
    assert len(launched.handed_over()) == 1


def test_a_moved_lock_calls_for_its_own_tools(launched):
    certify(launched)
    (launched.folder / "a").write_text("more")
    (launched.folder / "requirements/build.txt").write_text("# something else\n")
    other = pathlib.Path(bootstrap.tools_python(os.fspath(launched.folder)))
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho the others\n")
    other.chmod(0o755)
    assert launched.doit() == "the others\n"


def test_a_launcher_of_an_earlier_version_goes_on_in_the_tools_environment(launched):
    certify(launched)
    launch, root = launched.folder / "venv/doit", repr(os.fspath(launched.folder))
    text = launch.read_text().replace(f"    launch({root})", f"    end_if_it_holds({root}, sys.argv[1:])")
    text = text.replace(
        "buildgraph.launch import launch", "buildgraph.record.certificate import end_if_it_holds"
    )
    assert "import launch" not in text and text.count("end_if_it_holds(") == 1
    launch.write_text(text)
    assert launched.doit() == "copy: up to date\n"
    (launched.folder / "a").write_text("more")
    assert "copy: 1 ran, 1 reused" in launched.doit()
    assert launched.handed_over() == [], "the tools environment's Python does not load doit either"


def test_a_graph_that_another_python_has_stored_is_not_run(launched, tmp_path_factory):
    """The task is made by the tools environment's Python, whoever looked at it last."""
    other = tmp_path_factory.mktemp("other")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", os.fspath(other)], check=True)
    import doit

    (packages,) = other.glob("lib/python3*/site-packages")
    (packages / "x.pth").write_text(os.fspath(pathlib.Path(doit.__file__).parents[1]) + "\n")
    (launched.folder / "say.py").write_text("import sys; open(sys.argv[1], 'w').write(sys.prefix)")
    certify(launched, "say")
    for _ in range(3):
        environ = {**os.environ, "PYTHONPATH": os.fspath(launched.folder)}
        command = [os.fspath(other / "bin/python"), "-m", "buildgraph", "say"]
        subprocess.run(command, cwd=launched.folder, env=environ, check=True, capture_output=True)
        time.sleep(0.05)
    launched.handed_over()
    (launched.folder / "a").write_text("more")
    launched.doit("say")
    assert (launched.folder / "said").read_text() == os.path.dirname(
        os.path.dirname(bootstrap.tools_python(os.fspath(launched.folder)))
    )
    assert len(launched.handed_over()) == 1


@pytest.mark.parametrize("milliseconds", [0, 5, 10, 20, 30, 40, 60])
def test_an_early_ctrl_c_is_no_traceback(launched, milliseconds):
    certify(launched)
    (launched.folder / "a").write_text("more")
    process = subprocess.Popen(
        [launched.folder / "venv/doit"], cwd=launched.folder, stderr=subprocess.PIPE, process_group=0
    )
    time.sleep(0.02 + milliseconds / 1000)  # Python itself needs some, and tells a signal in its own way.
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert b"buildgraph" not in said, said.decode()
    # One that comes while Python itself starts is fatal to it.
    assert process.returncode in (0, 130, -signal.SIGINT) or b"Fatal Python error" in said


def test_the_list_and_reasons_are_told_without_doit_as_with_it(launched):
    asked = (["list"], ["list", "copy"], ["why"], ["why", "say", "copy:a"], ["why", "cop"])
    told = [launched.doit(*words, code=words[-1] == "cop") for words in asked]
    assert len(launched.handed_over()) == len(asked)
    certify(launched)
    certify(launched, "say")
    (launched.folder / "out/a").unlink()
    (launched.folder / "said").unlink()
    assert launched.doit("why", "copy") == "copy:a: the output 'out/a' is gone\ncopy:b: up to date\n"
    again = [launched.doit(*words, code=words[-1] == "cop") for words in asked]
    assert [again[0], again[1], again[4]] == [told[0], told[1], told[4]]
    assert launched.handed_over() == []
    with (launched.folder / "dodo.py").open("a") as file:
        file.write("def task_new():\n    return rule(outputs=['n'], command=['bin/copy', 'a', 'n'])\n")
    assert "new" in launched.doit("list")
    assert len(launched.handed_over()) == 1


def test_a_ctrl_c_that_was_held_back_for_the_engine_ends_it_without_a_word(launched):
    command = [
        sys.executable,
        "-c",
        "from buildgraph import bootstrap; bootstrap._hold_interrupt(); import os, signal, sys",
    ]
    command[-1] += (
        "; os.kill(os.getpid(), signal.SIGINT); os.execv(sys.executable, [sys.executable, '-m', 'buildgraph', 'copy'])"
    )
    run = subprocess.run(command, cwd=launched.folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")


def test_a_syntax_error_of_dodo_py_is_one_sentence_with_its_line(launched):
    certify(launched)
    (launched.folder / "dodo.py").write_text(DODO.replace("def task_copy():", "def task_copy(:"))
    said = "error: dodo.py, line 6, column 15: invalid syntax.\n"
    assert launched.doit(code=1) == launched.doit("list", code=1) == said


def test_a_ctrl_c_while_nothing_has_begun_ends_it_without_a_word(launched):
    code = (
        "import os, signal, sys; from buildgraph import launch; from buildgraph.proof import certificate;"
        "certificate._holds = lambda *_: os.kill(os.getpid(), signal.SIGINT);"
        "launch.launch(os.getcwd())"
    )
    environ = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], cwd=launched.folder, env=environ, capture_output=True)
    assert (run.returncode, run.stdout, run.stderr) == (-signal.SIGINT, b"", b"")  # 130 for a shell.


def test_ctrl_c_raises_again_once_there_is_something_to_do(launched):
    code = (
        "import signal, sys; from buildgraph.proof.certificate import end_if_it_holds; end_if_it_holds('.', ['say']);"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    environ = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], cwd=launched.folder, env=environ, capture_output=True)
    assert run.stdout == b"True\n"


def test_a_stock_doit_that_looks_upwards_is_this_one(launched):
    folder = launched.folder / "docs/manual"
    folder.mkdir(parents=True)
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    wanted = launched.doit("list")

    def stock(*words: str, **more: str) -> str:
        command = [sys.executable, "-c", STOCK, *words]
        run = subprocess.run(command, cwd=folder, env={**environ, **more}, capture_output=True, text=True)
        return run.stdout + run.stderr

    for words in (
        ["list", "-k"],
        ["list", "--seek-file"],
        ["list", "-f", "../../dodo.py"],
        ["list", "--file=../../dodo.py"],
    ):
        assert stock(*words) == wanted
    assert stock("list", DOIT_SEEK_FILE="1") == wanted
    assert "made    say" in stock("run", "-k", "say", "--word=hi")
    assert (launched.folder / "said").read_text() == "--word=hi"
